/** `npm start`: the collector, a Firehose stand-in, an example game and simulated players, all on this machine. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { styleText } from "node:util";
import { mintKey, type Role } from "../worker/auth/keys.ts";
import { RATES_CRON } from "../worker/schedule/crons.ts";
import { createFirehose, type Firehose } from "./firehose/server.ts";
import { serveGame } from "./html5-game/server.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { type Crowd, startCrowd } from "./players/crowd.ts";
import { describeSpending } from "./players/spending.ts";
import { findPort } from "./ports.ts";
import { type Counts, showProgress } from "./progress.ts";
import { type Rates, serveRates } from "./rates/server.ts";
import { ensureSecrets, type Secrets } from "./secrets.ts";
import { refuseSecondStack, removeStackFile, type Stack, writeStackFile } from "./stack-file.ts";
import { aborted, stopSignal } from "./stop-signal.ts";
import { startLoader } from "./warehouse/loader.ts";
import { deployWarehouse, warehouseFile } from "./warehouse/warehouse.ts";
import { welcome } from "./welcome.ts";
import { lastLines, startWorker } from "./worker.ts";

const GAME = "awesome_game";
const STREAM = "playtrail-events";
const REGION = "us-east-1";
/** On a laptop one wants to see events arrive soon; in production fewer, fuller calls cost less. */
const FLUSH_INTERVAL_MS = 2_000;
/** What the players compete in. */
const LEADERBOARDS = {
  [GAME]: { high_score: { value: "max(progression.score)", where: { status: "complete" }, period: "week" } },
};

async function main(): Promise<void> {
  const command = parseOptions(process.argv.slice(2));
  switch (command.kind) {
    case "help":
      console.log(USAGE);
      break;
    case "wrong":
      console.error(`${command.message}\n\n${USAGE}`);
      process.exitCode = 2;
      break;
    case "run":
      await run(command.options, stopSignal());
  }
}

/** Runs the stack until `stop` is aborted or the collector dies. Leaves nothing running. */
async function run(options: Options, stop: AbortSignal): Promise<void> {
  const { port, firehosePort, gamePort, data, players } = options;
  await using cleanup = new AsyncDisposableStack();
  try {
    await mkdir(data, { recursive: true });
    await refuseSecondStack(data);
    await removeStackFile(data);
    const secrets = await ensureSecrets(data);

    const firehose = await startFirehose(await findPort(firehosePort, "--firehose-port"), data, secrets);
    cleanup.defer(() => firehose.close());

    const rates = await serveRates();
    cleanup.defer(() => rates.close());

    const settings = collectorSettings(firehose, rates, secrets);
    const worker = await startWorker({ port: await findPort(port, "--port"), data, settings });
    cleanup.defer(() => worker.stop());

    const keys = await mintKeys(secrets);
    const site = { port: await findPort(gamePort, "--game-port"), collector: worker.url, key: keys.write };
    const game = await serveGame(site);
    cleanup.defer(() => game.close());

    console.log("Starting the collector and the warehouse …");
    await Promise.all([worker.ready(stop), deployWarehouse(data, stop)]);
    await worker.runCron(RATES_CRON);

    const stack: Stack = {
      url: worker.url,
      firehose: firehose.url,
      s3: join(data, "s3"),
      warehouse: warehouseFile(data),
      game: GAME,
      game_url: game.url,
      keys,
    };
    cleanup.defer(() => removeStackFile(data));
    await writeStackFile(data, stack);
    console.log(welcome(stack, data, STREAM, worker.log));

    cleanup.defer(startLoader(data, () => firehose.stats().objects));

    const crowd = startCrowd({ count: players, url: worker.url, key: stack.keys.write });
    cleanup.defer(showProgress(() => countEvents(crowd, firehose)));
    cleanup.defer(async () => {
      await crowd.stop();
      if (players > 0) console.log(`\nThe players paid ${describeSpending(crowd.spending())}.`);
    });

    await Promise.race([worker.ended, aborted(stop)]);
    if (!stop.aborted) throw new Error(`the collector ended by itself\n${await lastLines(worker.log)}`);
  } catch (error) {
    if (stop.aborted) return;
    console.error(styleText("red", error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}

function startFirehose(port: number, data: string, secrets: Secrets): Promise<Firehose> {
  const credentials = {
    accessKeyId: secrets.AWS_ACCESS_KEY_ID,
    secretAccessKey: secrets.AWS_SECRET_ACCESS_KEY,
  };
  return createFirehose({ port, data, stream: STREAM, region: REGION, credentials });
}

/** The collector's settings that differ from `wrangler.toml`, or must not. */
function collectorSettings(firehose: Firehose, rates: Rates, secrets: Secrets): Record<string, string> {
  return {
    ...secrets,
    FIREHOSE_ENDPOINT: firehose.url,
    FIREHOSE_STREAM: STREAM,
    AWS_REGION: REGION,
    FLUSH_INTERVAL_MS: `${FLUSH_INTERVAL_MS}`,
    LEADERBOARDS: JSON.stringify(LEADERBOARDS),
    FX_RATES_URL: rates.url,
  };
}

/** A key of each role for the game. */
async function mintKeys({ KEY_SECRETS }: Secrets): Promise<Stack["keys"]> {
  const mint = (role: Role) => mintKey({ game: GAME, role }, KEY_SECRETS);
  const [write, server, read, admin] = await Promise.all([
    mint("write"),
    mint("server"),
    mint("read"),
    mint("admin"),
  ]);
  return { write, server, read, admin };
}

function countEvents(crowd: Crowd, firehose: Firehose): Counts {
  const { tracked, accepted, rejected, dropped } = crowd.totals();
  const { events, objects } = firehose.stats();
  return { sent: tracked, accepted, rejected, dropped, delivered: events, objects };
}

await main();
