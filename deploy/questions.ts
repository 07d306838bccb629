import type { Ask } from "./ask.ts";
import { type Choices, problemWithGame } from "./options.ts";
import type { Facts } from "./plan.ts";
import {
  DEFAULT_VARS,
  ENVIRONMENTS,
  type Environment,
  problemsWith,
  quotaMibPerS,
  type SecretName,
  type Secrets,
  VARS,
  type Vars,
} from "./settings.ts";
import type { Account } from "./wrangler.ts";

/** Which Worker it is about. */
export async function askEnvironment(ask: Ask): Promise<Environment> {
  const chosen = await ask.choose(
    "Which environment?",
    ENVIRONMENTS.map((value) => ({ value, label: value })),
  );
  return ENVIRONMENTS.find((name) => name === chosen) ?? "production";
}

/** Which of several accounts it belongs to. */
export function askAccount(ask: Ask, accounts: readonly Account[]): Promise<string> {
  const options = accounts.map(({ id, name }) => ({ value: id, label: name }));
  return ask.choose("Which Cloudflare account?", options);
}

/** Asks for what neither was said nor stands. */
export async function askTheRest(ask: Ask, choices: Choices, facts: Facts): Promise<Choices> {
  const vars = await askVars(ask, choices.vars, facts);
  const secrets = { ...choices.secrets, ...(await askSecrets(ask, choices.secrets, facts)) };
  const game = choices.game ?? (await askGame(ask));
  return { ...choices, vars, secrets, game };
}

const VAR_QUESTIONS: Vars = {
  FIREHOSE_STREAM: "The Firehose stream's name?",
  AWS_REGION: "The stream's region?",
  FIREHOSE_MIB_PER_S: "Its quota in MiB/s? (AWS: Service Quotas → Amazon Data Firehose)",
};

async function askVars(ask: Ask, given: Partial<Vars>, facts: Facts): Promise<Partial<Vars>> {
  const vars: Partial<Vars> = { ...given };
  for (const name of VARS) {
    vars[name] ??= await ask.text({
      message: VAR_QUESTIONS[name],
      initial: initialOf(name, vars, facts),
      problemWith: (answer) => problemsWith({ [name]: answer })[0],
    });
  }
  return vars;
}

function initialOf(name: keyof Vars, { AWS_REGION: region }: Partial<Vars>, { vars }: Facts): string {
  const moves = name === "FIREHOSE_MIB_PER_S" && region !== undefined && region !== vars.get("AWS_REGION");
  return moves ? quotaMibPerS(region) : (vars.get(name) ?? DEFAULT_VARS[name]);
}

async function askSecrets(ask: Ask, given: Secrets, { secretNames }: Facts): Promise<Secrets> {
  const isKeyThere = secretNames.has("AWS_ACCESS_KEY_ID") && secretNames.has("AWS_SECRET_ACCESS_KEY");
  const wantsKey =
    given.AWS_ACCESS_KEY_ID === undefined &&
    (!isKeyThere || (await ask.confirm("The Worker has an AWS key. Set another?", false)));
  const key = wantsKey
    ? {
        AWS_ACCESS_KEY_ID: await ask.text({
          message:
            "The access key id of the IAM user that may put records into the stream? (aws iam create-access-key makes one)",
          problemWith: (answer) => problemsWith({ AWS_ACCESS_KEY_ID: answer })[0],
        }),
        AWS_SECRET_ACCESS_KEY: await askSecret(ask, "AWS_SECRET_ACCESS_KEY", "Its secret access key?"),
      }
    : {};
  const isWebhookSettled = given.ALERT_WEBHOOK_URL !== undefined || secretNames.has("ALERT_WEBHOOK_URL");
  const wantsWebhook =
    !isWebhookSettled && (await ask.confirm("Shall alerts go to a webhook, such as Slack's?", false));
  const webhook = wantsWebhook
    ? { ALERT_WEBHOOK_URL: await askSecret(ask, "ALERT_WEBHOOK_URL", "The webhook's URL?") }
    : {};
  return { ...key, ...webhook };
}

function askSecret(ask: Ask, name: SecretName, message: string): Promise<string> {
  const problemWith = (answer: string) =>
    answer === "" ? `${name} is empty` : problemsWith({ [name]: answer })[0];
  return ask.secret({ message, problemWith });
}

async function askGame(ask: Ask): Promise<string | undefined> {
  const game = await ask.text({
    message: "A game that gets its first keys and a test event? (empty: none)",
    problemWith: (answer) => (answer === "" ? undefined : problemWithGame(answer)),
  });
  return game || undefined;
}
