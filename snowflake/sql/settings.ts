/**
 * What differs from studio to studio. The files say `&{database}` and so on, as SnowSQL's variable substitution does
 * (https://docs.snowflake.com/en/user-guide/snowsql-use#using-variables), so that they also run there as they are.
 */
export interface Settings {
  /** The database, and what the names of roles, warehouses and the integration begin with. */
  database: string;
  /** Where Firehose puts its objects, such as `s3://my-bucket/events/`. */
  bucket_url: string;
  /** The AWS role that Snowflake assumes to read them. */
  aws_role_arn: string;
  /** What that role's trust policy expects as `sts:ExternalId`. */
  aws_external_id: string;
  /** Who is written to when an alert fires: addresses of verified Snowflake users, separated by commas. */
  alert_emails: string;
  /** Credits a month at which a warehouse is suspended; each has a monitor of its own. */
  credit_quota: string;
}

export const DEFAULT_SETTINGS: Settings = {
  database: "PLAYTRAIL",
  bucket_url: "s3://playtrail-events/events/",
  aws_role_arn: "arn:aws:iam::123456789012:role/playtrail-snowflake",
  aws_external_id: "playtrail",
  alert_emails: "ops@example.com",
  credit_quota: "100",
};

/** What each setting may hold: nothing that could end the string or the name that it is put into. */
const ALLOWED: Record<keyof Settings, { pattern: RegExp; rule: string }> = {
  database: {
    pattern: /^[A-Za-z][A-Za-z0-9_]{0,99}$/,
    rule: "a letter, then letters, digits and _; 100 characters at most",
  },
  bucket_url: {
    pattern: /^s3:\/\/[a-z0-9.-]{3,63}\/[A-Za-z0-9!_.*()/=-]*$/,
    rule: "an S3 URL such as s3://my-bucket/events/",
  },
  aws_role_arn: {
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    rule: "the ARN of an AWS role",
  },
  aws_external_id: { pattern: /^[\w+=,.@:/-]{2,1224}$/, rule: "2 or more letters, digits and _+=,.@:/-" },
  alert_emails: {
    pattern: /^[\w.+-]+@[\w.-]+(,[\w.+-]+@[\w.-]+)*$/,
    rule: "e-mail addresses, separated by commas",
  },
  credit_quota: { pattern: /^[1-9]\d{0,6}$/, rule: "a whole number of credits from 1" },
};

/** Puts the settings in. Throws a RangeError that names the setting, where one has a value that could not stand in SQL or is unknown. */
export function withSettings(sql: string, settings: Settings): string {
  return sql.replace(/&\{(\w+)\}/g, (_, name: string) => {
    if (!Object.hasOwn(ALLOWED, name)) throw new RangeError(`there is no setting "${name}"`);
    const { pattern, rule } = ALLOWED[name as keyof Settings];
    const value = settings[name as keyof Settings];
    if (!pattern.test(value)) throw new RangeError(`the setting ${name} must be ${rule}; got "${value}"`);
    return value;
  });
}
