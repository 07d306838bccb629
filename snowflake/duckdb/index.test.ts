import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deployAll, openWarehouse, type Warehouse, WarehouseError, type WarehouseOptions } from "./index.ts";

const RAW = `
  CREATE DATABASE IF NOT EXISTS studio;
  USE ROLE loader;
  CREATE SCHEMA IF NOT EXISTS raw WITH MANAGED ACCESS;
  CREATE OR ALTER STAGE raw.stage URL = 's3://bucket/events/' STORAGE_INTEGRATION = s3;
  CREATE OR ALTER TRANSIENT TABLE raw.lines (payload VARIANT, file VARCHAR, line NUMBER(38,0), at TIMESTAMP_LTZ(9));
  CREATE STREAM IF NOT EXISTS raw.news ON TABLE raw.lines APPEND_ONLY = TRUE COMMENT = 'new lines';
  CREATE PIPE IF NOT EXISTS raw.pipe AUTO_INGEST = TRUE AS
    COPY INTO raw.lines (payload, file, line, at)
    FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER, METADATA$START_SCAN_TIME FROM @raw.stage)
    FILE_FORMAT = (FORMAT_NAME = 'raw.ndjson') ON_ERROR = CONTINUE;
`;
const LOAD = `
  CREATE OR ALTER TABLE raw.seen (id NUMBER(38,0), times NUMBER(38,0));
  CREATE OR REPLACE PROCEDURE raw.load()
    RETURNS VARCHAR
    LANGUAGE SQL
    EXECUTE AS OWNER
  AS
  $$
  DECLARE
    merged NUMBER DEFAULT 0;
    most NUMBER;
  BEGIN
    BEGIN TRANSACTION;
    MERGE INTO raw.seen AS t
    USING (SELECT payload:id::NUMBER AS id, COUNT(*) AS n FROM raw.news GROUP BY ALL) AS s
    ON t.id = s.id
    WHEN MATCHED AND s.n > 0 THEN UPDATE SET t.times = t.times + s.n
    WHEN NOT MATCHED THEN INSERT (id, times) VALUES (s.id, s.n);
    merged := SQLROWCOUNT;
    SELECT MAX(times) INTO :most FROM raw.seen;
    IF (most > 2) THEN
      INSERT INTO raw.seen (id, times) SELECT -1 AS id, 1 / 0 AS times;
    END IF;
    COMMIT;
    RETURN merged || ' ids, at most ' || most;
  EXCEPTION
    WHEN OTHER THEN
      ROLLBACK;
      RAISE;
  END;
  $$;
  CREATE OR ALTER TASK raw.load_news WAREHOUSE = wh WHEN SYSTEM$STREAM_HAS_DATA('raw.news') AS CALL raw.load();
`;

let directory: string;
let warehouse: Warehouse;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "warehouse-"));
  mkdirSync(join(directory, "stage"));
  warehouse = await open();
});
afterEach(async () => {
  await warehouse.close();
  rmSync(directory, { recursive: true });
});

function open(options: Partial<WarehouseOptions> = {}): Promise<Warehouse> {
  const now = new Date("2026-11-21T12:00:00Z");
  return openWarehouse({
    database: join(directory, "warehouse.duckdb"),
    stage: join(directory, "stage"),
    now,
    ...options,
  });
}

function deliver(name: string, content: string | Buffer): void {
  const path = join(directory, "stage", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, name.endsWith(".gz") && typeof content === "string" ? gzipSync(content) : content);
}

const lines = () =>
  warehouse.query("SELECT payload:id::NUMBER AS id, file, line FROM raw.lines ORDER BY file, line");
const seen = () => warehouse.query("SELECT id, times FROM raw.seen ORDER BY id");
const waiting = async () => (await warehouse.query("SELECT COUNT(*) AS n FROM raw.news"))[0]?.n;

describe("a pipe", () => {
  beforeEach(() => warehouse.run(RAW));

  test("copies each file once, whatever order they come in, and leaves out lines that are no JSON", async () => {
    deliver("2026/11/b.gz", '{"id":1}\n{"id":\n\n{"id":2}');
    deliver("2026/11/.c.gz", "being written");
    expect(await warehouse.copy("raw.pipe")).toEqual({ files: 1, rows: 2, badLines: 1, failed: [] });
    deliver("2026/10/a.json", '{"id":3}\r\n');
    expect(await warehouse.copy("raw.pipe")).toEqual({ files: 1, rows: 1, badLines: 0, failed: [] });
    expect(await warehouse.copy("raw.pipe")).toEqual({ files: 0, rows: 0, badLines: 0, failed: [] });
    expect(await lines()).toEqual([
      { id: 3, file: "2026/10/a.json", line: 1 },
      { id: 1, file: "2026/11/b.gz", line: 1 },
      { id: 2, file: "2026/11/b.gz", line: 4 },
    ]);
    expect(
      await warehouse.query(`SELECT file_name, row_count, row_parsed, error_count, status, table_name
        FROM snowflake.account_usage.copy_history ORDER BY file_name`),
    ).toEqual([
      {
        file_name: "2026/10/a.json",
        row_count: 1,
        row_parsed: 1,
        error_count: 0,
        status: "Loaded",
        table_name: "LINES",
      },
      {
        file_name: "2026/11/b.gz",
        row_count: 2,
        row_parsed: 3,
        error_count: 1,
        status: "Partially loaded",
        table_name: "LINES",
      },
    ]);
  });

  test("tells of a file that it cannot read, and copies those beside it", async () => {
    deliver("1.gz", '{"id":1}\n');
    deliver("2.gz", Buffer.from("not gzip"));
    deliver("3.gz", '{"id":3}\n');
    const report = await warehouse.copy("raw.pipe");
    expect({ ...report, failed: report.failed.map(({ file }) => file) }).toEqual({
      files: 2,
      rows: 2,
      badLines: 0,
      failed: ["2.gz"],
    });
    expect((await lines()).map(({ id }) => id)).toEqual([1, 3]);
    expect(await waiting()).toBe(2);
  });

  test("gives up no file because memory ran out: it is copied another time", async () => {
    deliver("1.gz", '{"id":1}\n');
    await warehouse.close();
    warehouse = await open({ memoryLimit: "20MB" });
    await expect(warehouse.copy("raw.pipe")).rejects.toThrow("Out of Memory");
    await warehouse.close();
    warehouse = await open();
    expect(await warehouse.copy("raw.pipe")).toEqual({ files: 1, rows: 1, badLines: 0, failed: [] });
  });

  test("is made once: made again it still knows what it has copied", async () => {
    deliver("1.gz", '{"id":1}\n');
    await warehouse.copy("raw.pipe");
    await warehouse.run(RAW);
    expect((await warehouse.copy("raw.pipe")).files).toBe(0);
    await expect(warehouse.run(RAW.replace("PIPE IF NOT EXISTS", "PIPE"))).rejects.toThrow(
      "the pipe raw.pipe exists",
    );
  });

  test("copies a line of 64 KiB, and one with quotes, commas and other alphabets, as it is", async () => {
    const payload = { id: 1, text: `"',;|\t\u0001 日本語 ${"x".repeat(65_536)}` };
    deliver("1.gz", `${JSON.stringify(payload)}\n`);
    await warehouse.copy("raw.pipe");
    expect(await warehouse.query("SELECT payload FROM raw.lines")).toEqual([{ payload }]);
  });
});

describe("a stream", () => {
  beforeEach(() => warehouse.run(RAW + LOAD));

  const insert = (id: number) =>
    warehouse.run(
      `INSERT INTO raw.lines (payload, file, line) SELECT PARSE_JSON('{"id": ${id}}'), 'f', ${id}`,
    );

  test("has the rows that came since DML read it; a query leaves it as it is", async () => {
    await insert(1);
    await insert(2);
    expect(await waiting()).toBe(2);
    expect(await waiting()).toBe(2);
    await warehouse.run("INSERT INTO raw.seen (id, times) SELECT payload:id::NUMBER, 1 FROM raw.news");
    expect(await waiting()).toBe(0);
    await insert(3);
    expect(await waiting()).toBe(1);
  });

  test("keeps a row that was deleted from its table: it is append-only", async () => {
    await insert(1);
    await warehouse.run("DELETE FROM raw.lines WHERE line = 1");
    expect(await waiting()).toBe(1);
  });

  test("stays where it was if the transaction that read it is rolled back", async () => {
    await insert(1);
    await warehouse.run(
      "BEGIN TRANSACTION; DELETE FROM raw.seen WHERE id IN (SELECT line FROM raw.news); ROLLBACK;",
    );
    expect(await waiting()).toBe(1);
  });

  test("is moved on by DML that reads it through a view", async () => {
    await warehouse.run(
      "CREATE OR REPLACE VIEW raw.pending AS SELECT payload:id::NUMBER AS id FROM raw.news",
    );
    await insert(1);
    await warehouse.run("INSERT INTO raw.seen (id, times) SELECT id, 1 FROM raw.pending");
    expect(await waiting()).toBe(0);
  });

  test("forgets nothing when its file is closed, and others have the file between", async () => {
    deliver("1.gz", '{"id":1}\n');
    await warehouse.copy("raw.pipe");
    await warehouse.run("ALTER TASK raw.load_news RESUME");
    await warehouse.close();
    warehouse = await open();
    expect(await warehouse.copy("raw.pipe")).toEqual({ files: 0, rows: 0, badLines: 0, failed: [] });
    await warehouse.runTasks();
    expect(await seen()).toEqual([{ id: 1, times: 1 }]);
    await warehouse.close();
    warehouse = await open();
    expect(await waiting()).toBe(0);
  });
});

describe("a task", () => {
  beforeEach(() => warehouse.run(RAW + LOAD));

  test("runs once it is started, while its stream has data", async () => {
    deliver("1.gz", '{"id":1}\n{"id":1}\n{"id":2}\n');
    await warehouse.copy("raw.pipe");
    await warehouse.runTasks();
    expect(await seen()).toEqual([]);
    await warehouse.run("ALTER TASK raw.load_news RESUME");
    await warehouse.runTasks();
    await warehouse.runTasks();
    expect(await seen()).toEqual([
      { id: 1, times: 2 },
      { id: 2, times: 1 },
    ]);
  });

  test("that leaves its stream as it was is an error, not an endless loop", async () => {
    await warehouse.run(`
      CREATE TASK raw.idle WHEN SYSTEM$STREAM_HAS_DATA('raw.news') AS DELETE FROM raw.seen;
      ALTER TASK raw.idle RESUME;
      INSERT INTO raw.lines (line) SELECT 1`);
    await expect(warehouse.runTasks()).rejects.toThrow("the task raw.idle ran and did not read its stream");
  });
});

describe("a procedure", () => {
  beforeEach(() => warehouse.run(RAW + LOAD));

  test("counts what it changed, binds its variables, and returns", async () => {
    deliver("1.gz", '{"id":1}\n{"id":1}\n{"id":2}\n');
    await warehouse.copy("raw.pipe");
    expect(await warehouse.query("CALL raw.load()")).toEqual([{ result: "2 ids, at most 2" }]);
  });

  test("that fails has changed nothing, and says where it was written", async () => {
    deliver("1.gz", '{"id":1}\n{"id":1}\n{"id":1}\n');
    await warehouse.copy("raw.pipe");
    await expect(warehouse.run("CALL raw.load()", "load.sql")).rejects.toThrow(
      "load.sql, statement 1 at line 1: raw.load (query): Invalid Input Error: Division by zero",
    );
    expect(await seen()).toEqual([]);
    expect(await waiting()).toBe(3);
  });

  test("takes arguments, and calls another without losing its own variables", async () => {
    await warehouse.run(`
      CREATE OR REPLACE PROCEDURE raw.inner_one(x NUMBER) RETURNS NUMBER LANGUAGE SQL AS $$
      BEGIN
        LET y NUMBER := x * 2;
        INSERT INTO raw.seen (id, times) SELECT :x AS id, :y AS times;
        RETURN y;
      END;
      $$;
      CREATE OR REPLACE PROCEDURE raw.outer_one(x NUMBER) RETURNS NUMBER LANGUAGE SQL AS $$
      BEGIN
        CALL raw.inner_one(:x + 1);
        RETURN x;
      END;
      $$;`);
    expect(await warehouse.query("CALL raw.outer_one(3)")).toEqual([{ result: 3 }]);
    expect(await seen()).toEqual([{ id: 4, times: 8 }]);
  });

  test.each([
    ["FOR i IN 1 TO 3 DO SELECT 1; END FOR;", "the statement FOR in a procedure"],
    ["SELECT 1;", "a SELECT in a procedure that goes nowhere"],
    ["UPDATE raw.seen SET id = :unknown;", 'the variable ":unknown"'],
    ["x := 1;", "the variable x is not declared"],
    ["EXECUTE IMMEDIATE 'SELECT 1';", "the statement EXECUTE in a procedure"],
    ["DELETE FROM raw.seen WHERE id = SOUNDEX('a');", "the function SOUNDEX"],
  ])("is refused when it is made, for what the harness does not know: %s", async (body, what) => {
    const sql = `CREATE PROCEDURE raw.p() RETURNS NUMBER LANGUAGE SQL AS $$ BEGIN ${body} END; $$`;
    await expect(warehouse.run(sql)).rejects.toThrow(what);
  });
});

describe("a table", () => {
  beforeEach(() =>
    warehouse.run("CREATE SCHEMA s; CREATE OR ALTER TABLE s.t (a NUMBER(38,0) NOT NULL COMMENT 'A')"),
  );

  const alter = (columns: string) => warehouse.run(`CREATE OR ALTER TABLE s.t (${columns}) COMMENT = 'T'`);

  test("gains columns and keeps its rows when it is created again", async () => {
    await warehouse.run("INSERT INTO s.t (a) VALUES (1)");
    await alter(
      "a NUMBER(38,0) NOT NULL COMMENT 'still A', b VARCHAR DEFAULT 'x' COMMENT 'B', PRIMARY KEY (a)",
    );
    expect(await warehouse.query("SELECT * FROM s.t")).toEqual([{ a: 1, b: "x" }]);
    expect(
      (await warehouse.columns()).map(({ column, type, comment }) => ({ column, type, comment })),
    ).toEqual([
      { column: "a", type: "DECIMAL(38,0)", comment: "still A" },
      { column: "b", type: "VARCHAR", comment: "B" },
    ]);
  });

  test("neither loses a column nor gives one another type", async () => {
    await expect(alter("b VARCHAR")).rejects.toThrow("s.t would lose its column a");
    await expect(alter("a VARCHAR")).rejects.toThrow("s.t.a is DECIMAL(38,0); it cannot become VARCHAR");
  });

  test("gains a column at its end only, as in Snowflake", async () => {
    await expect(alter("b VARCHAR, a NUMBER(38,0) NOT NULL")).rejects.toThrow(
      "s.t may gain b at the end of its columns only",
    );
  });

  test("with a key takes the same key twice, as in Snowflake, but holds to NOT NULL and CHECK", async () => {
    await warehouse.run("CREATE TABLE s.k (id VARCHAR NOT NULL, n NUMBER CHECK (n > 0), PRIMARY KEY (id))");
    await warehouse.run("INSERT INTO s.k (id, n) VALUES ('a', 1), ('a', 1)");
    await expect(warehouse.run("INSERT INTO s.k (id, n) VALUES (NULL, 1)")).rejects.toThrow("NOT NULL");
    await expect(warehouse.run("INSERT INTO s.k (id, n) VALUES ('b', 0)")).rejects.toThrow("CHECK");
  });

  test("is updated and deleted from by the rows of another", async () => {
    await warehouse.run(`
      INSERT INTO s.t (a) VALUES (1), (2), (3);
      UPDATE s.t AS x SET x.a = v.b FROM (VALUES (1, 10)) AS v (a, b) WHERE x.a = v.a;
      DELETE FROM s.t USING (VALUES (2)) AS v (a) WHERE t.a = v.a;`);
    expect(await warehouse.query("SELECT a FROM s.t ORDER BY a")).toEqual([{ a: 3 }, { a: 10 }]);
  });
});

describe("a MERGE", () => {
  beforeEach(() =>
    warehouse.run(
      "CREATE SCHEMA s; CREATE TABLE s.t (id NUMBER, n NUMBER); INSERT INTO s.t (id, n) VALUES (1, 0), (2, 0)",
    ),
  );

  const merge = (rows: string, when: string) =>
    warehouse.run(`MERGE INTO s.t AS t USING (VALUES ${rows}) AS s (id, n) ON t.id = s.id ${when}`);
  const rows = () => warehouse.query("SELECT id, n FROM s.t ORDER BY id");

  test("updates, deletes and inserts", async () => {
    await merge(
      "(1, 5), (2, -1), (3, 7)",
      `WHEN MATCHED AND s.n < 0 THEN DELETE
       WHEN MATCHED THEN UPDATE SET t.n = CASE WHEN s.n > 4 THEN s.n END
       WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)`,
    );
    expect(await rows()).toEqual([
      { id: 1, n: 5 },
      { id: 3, n: 7 },
    ]);
  });

  test("in which two rows would update one is refused, as Snowflake does", async () => {
    const update = "WHEN MATCHED AND s.n > 1 THEN UPDATE SET n = s.n";
    await expect(merge("(1, 5), (1, 6)", update)).rejects.toThrow(
      "several rows of the source would update the same row of s.t",
    );
    await merge("(1, 1), (1, 6)", update);
    expect((await rows())[0]).toEqual({ id: 1, n: 6 });
  });
});

test("a view keeps the comments of its columns, and leaves out policies and tags", async () => {
  await warehouse.run(`
    CREATE SCHEMA s;
    CREATE OR REPLACE SECURE VIEW s.v (
      a COMMENT 'The a' WITH TAG (governance.personal = 'id'),
      b WITH MASKING POLICY governance.mask COMMENT 'The b'
    ) WITH ROW ACCESS POLICY governance.games ON (a) COPY GRANTS COMMENT = 'A view' AS SELECT 1 AS x, 'y' AS y`);
  expect(await warehouse.query("SELECT * FROM s.v")).toEqual([{ a: 1, b: "y" }]);
  expect((await warehouse.columns()).map(({ column, comment }) => [column, comment])).toEqual([
    ["a", "The a"],
    ["b", "The b"],
  ]);
});

test("a SQL function is called by its name", async () => {
  await warehouse.run(`
    CREATE SCHEMA s;
    CREATE OR REPLACE FUNCTION s.half(n NUMBER(38,0)) RETURNS FLOAT LANGUAGE SQL AS $$ n / 2 $$;`);
  expect(await warehouse.query("SELECT s.half(3) AS half")).toEqual([{ half: 1.5 }]);
});

test("an alert fires while its condition gives rows", async () => {
  await warehouse.run(`
    CREATE SCHEMA s;
    CREATE TABLE s.findings (what VARCHAR);
    CREATE OR ALTER ALERT s.wrong SCHEDULE = '60 MINUTE' COMMENT = 'x'
      IF (EXISTS (SELECT 1 FROM s.findings WHERE what = 'wrong'))
      THEN CALL SYSTEM$SEND_EMAIL('email', 'ops@example.com', 'subject', 'text');
    ALTER ALERT s.wrong RESUME;`);
  expect(await warehouse.firingAlerts()).toEqual([]);
  await warehouse.run("INSERT INTO s.findings (what) VALUES ('wrong')");
  expect(await warehouse.firingAlerts()).toEqual(["s.wrong"]);
});

test("all numbered files run, and run again", async () => {
  await deployAll(warehouse);
  await deployAll(warehouse);
  expect(await warehouse.query("SELECT currency, usd_per_unit FROM core.exchange_rates")).toEqual([
    { currency: "USD", usd_per_unit: "1.000000000000" },
  ]);
});

test("what is called at the same time runs one after the other", async () => {
  await warehouse.run("CREATE SCHEMA s; CREATE TABLE s.t (n NUMBER)");
  const [, rows] = await Promise.all([
    warehouse.run(
      "BEGIN TRANSACTION; INSERT INTO s.t (n) VALUES (1); DELETE FROM s.t; COMMIT; INSERT INTO s.t (n) VALUES (2)",
    ),
    warehouse.query("SELECT n FROM s.t"),
  ]);
  expect(rows).toEqual([{ n: 2 }]);
});

test("a query may change nothing", async () => {
  await warehouse.run("CREATE SCHEMA s; CREATE TABLE s.t (n NUMBER)");
  await expect(warehouse.query("DELETE FROM s.t")).rejects.toThrow("does not know a query that begins so");
});

test("an error names file, line and statement, and leaves no transaction open", async () => {
  const run = warehouse.run("CREATE SCHEMA s;\n\nBEGIN TRANSACTION;\nSELECT\n  SOUNDEX('a');", "20_core.sql");
  await expect(run).rejects.toThrow(
    "20_core.sql, statement 3 at line 4: line 5: the harness does not know the function SOUNDEX",
  );
  await expect(run).rejects.toMatchObject({
    file: "20_core.sql",
    line: 4,
    statement: 3,
    constructor: WarehouseError,
  });
  await warehouse.run("BEGIN TRANSACTION; COMMIT;");
});

test.each([
  ["SHOW TABLES", "this kind of statement"],
  ["CREATE DYNAMIC TABLE s.t TARGET_LAG = '1 minute' AS SELECT 1", "this kind of object"],
  ["CREATE TABLE s.t (a NUMBER AUTOINCREMENT)", "an attribute of a column"],
  ["CREATE STREAM s.x ON TABLE s.t", "a stream that is not append-only"],
  ["ALTER TABLE s.t SWAP WITH s.u", "ALTER TABLE like this"],
  ["INSERT OVERWRITE INTO s.t SELECT 1", "this kind of change"],
])("%s is refused", async (sql, what) => {
  await expect(warehouse.run(sql)).rejects.toThrow(what);
});

test.each([
  "USE WAREHOUSE wh",
  "GRANT SELECT ON ALL TABLES IN SCHEMA s TO ROLE analyst",
  "CREATE ROLE IF NOT EXISTS analyst",
  "CREATE MASKING POLICY IF NOT EXISTS p AS (v VARCHAR) RETURNS VARCHAR -> '***'",
  "ALTER ACCOUNT SET TIMEZONE = 'UTC'",
  "ALTER TABLE s.t MODIFY COLUMN a SET TAG governance.personal = 'id'",
])("%s has no meaning here and is left out", async (sql) => {
  await warehouse.run(sql);
});
