import { useState } from "preact/hooks";
import { ApiError } from "./api.ts";
import { Dialog } from "./parts/dialog.tsx";
import { Findings } from "./parts/findings.tsx";
import { useNotify } from "./parts/notice.tsx";
import { useSignedIn } from "./signed-in.ts";
import type { Finding, IngestAnswer, Verdict } from "./types.ts";

/** An event that is as good as any, from a player who is none. */
function sample(game: string): string {
  const event = {
    event_type: "custom",
    name: "console_test",
    user_id: "console-test",
    session_id: "console-test",
    platform: "web",
    app_version: "console",
    game_id: game,
    timestamp: new Date().toISOString(),
    properties: { note: "sent by hand" },
  };
  return JSON.stringify(event, null, 2);
}

type State =
  | { kind: "writing" }
  | { kind: "sending" }
  | { kind: "failed"; why: string }
  | { kind: "judged"; answer: IngestAnswer };

/** Sends an event as a game would. It is a real one, and is delivered. */
export function TestEvent(props: { game: string; onClose: () => void }) {
  const { api } = useSignedIn();
  const notify = useNotify();
  const [text, setText] = useState(() => sample(props.game));
  const [state, setState] = useState<State>({ kind: "writing" });

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const parsed = parse(text);
    if (parsed === undefined) return setState({ kind: "failed", why: "This is not JSON." });
    setState({ kind: "sending" });
    try {
      const answer = await api.send(parsed);
      if (answer.results.length > 0) return setState({ kind: "judged", answer });
      notify(`Sent: ${answer.accepted} accepted.`);
      props.onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState({ kind: "failed", why: error.message });
    }
  }

  return (
    <Dialog title="Send a test event" onClose={props.onClose} isWide isHeld={state.kind === "sending"}>
      <form onSubmit={submit}>
        <p>It is taken, delivered and counted as any other: the warehouse will have it.</p>
        <label>
          Event
          <textarea
            rows={12}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            spellcheck={false}
            autocomplete="off"
          />
        </label>
        <div role="alert">
          {state.kind === "failed" && <p class="problem">{state.why}</p>}
          {state.kind === "judged" && <Verdicts answer={state.answer} />}
        </div>
        <footer>
          <button type="button" disabled={state.kind === "sending"} onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={state.kind === "sending"}>
            {state.kind === "sending" ? "Sending …" : "Send"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Verdicts({ answer: { accepted, duplicates, rejected, retry, results } }: { answer: IngestAnswer }) {
  return (
    <div class={rejected + retry > 0 ? "problem" : "stale"}>
      <p>
        {accepted} accepted, {duplicates} duplicates, {rejected} rejected, {retry} to be sent again
      </p>
      {results.map((verdict) => (
        <Findings key={verdict.index} title={`Event ${verdict.index + 1}`} findings={findingsOf(verdict)} />
      ))}
    </div>
  );
}

function findingsOf(verdict: Verdict): Finding[] {
  switch (verdict.status) {
    case "accepted":
      return verdict.warnings;
    case "rejected":
      return verdict.errors;
    case "duplicate":
    case "retry":
      return [];
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
