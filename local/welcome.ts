import { join, relative } from "node:path";
import { styleText } from "node:util";
import { firstEventCommand } from "./first-event.ts";
import { type Stack, stackFile } from "./stack-file.ts";

/** What a person wants to know of a stack that has just become ready. */
export function welcome(
  { url, firehose, s3, game_url, keys }: Stack,
  data: string,
  stream: string,
  log: string,
): string {
  const here = (path: string) => relative(process.cwd(), path);
  return `
${styleText("bold", "Playtrail is running.")}

  collector   ${url}   the API: ${url}/docs
  console     ${url}/console   sign in with keys.admin
  a game      ${game_url}   play it, and watch it arrive
  keys        ${here(stackFile(data))}
  objects     ${here(join(s3, stream))}/<year>/<month>/<day>/<hour>/*.gz
  log         ${here(log)}
  warehouse   npm run --silent report; npm run --silent sql -- "select …"

Send an event:
  ${firstEventCommand(url, keys.write)}
Let Firehose refuse every other call ("none" heals it):
  curl ${firehose}/__faults -d '{"mode":"throttle","rate":0.5}'

Ctrl-C stops all of it.
`;
}
