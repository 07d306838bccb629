const EVENT = {
  event_type: "install",
  user_id: "me",
  session_id: "first",
  platform: "web",
  app_version: "1.0.0",
  source: "organic",
};

/** What a person types to send a first event; `key` may name a variable of the shell. */
export function firstEventCommand(url: string, key: string): string {
  return `curl ${url}/v1/events -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' -d '${JSON.stringify(EVENT)}'`;
}
