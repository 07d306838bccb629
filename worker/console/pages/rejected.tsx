import { useCallback, useState } from "preact/hooks";
import { number } from "../format.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Heading, Json, Known } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { Live, Reason } from "../types.ts";

const EVERY_MS = 5_000;

/** Today's most frequent reasons why events were rejected or warned of. */
export function Rejected({ game }: { game: string }) {
  const { api } = useSignedIn();
  const [live, refresh] = usePolledApi(
    useCallback((signal: AbortSignal) => api.live(game, signal), [api, game]),
    EVERY_MS,
  );
  const [opened, setOpened] = useState<Reason>();
  return (
    <>
      <Heading>Rejected</Heading>
      <Known polled={live} refresh={refresh}>
        {(data) => (
          <>
            <p class="lead">
              Today {number(data.today.rejected)} of {number(total(data))} events were rejected. Each is
              delivered with its errors, as a <code>rejected</code> line.
            </p>
            <Table
              caption="Reasons"
              columns={[
                ...REASON,
                { header: "Example", cell: (reason) => <Open reason={reason} onOpen={setOpened} /> },
              ]}
              rows={data.rejections}
              keyOf={keyOf}
              empty="Nothing was rejected today."
            />
            <Table
              caption="Warnings"
              columns={REASON}
              rows={data.warnings}
              keyOf={keyOf}
              empty="No event was accepted with a warning today."
            />
          </>
        )}
      </Known>
      {opened && (
        <Dialog title={`${opened.code} ${opened.path}`} onClose={() => setOpened(undefined)} isWide>
          <p>One of the events that were rejected, as it was sent:</p>
          <Json value={readable(opened.example)} label="The rejected event" />
        </Dialog>
      )}
    </>
  );
}

type Counted = Omit<Reason, "example">;

const REASON: Column<Counted>[] = [
  { header: "Code", cell: ({ code }) => <code>{code}</code>, isName: true },
  { header: "Field", cell: ({ path }) => (path === "" ? "the whole event" : <code>{path}</code>) },
  { header: "App version", cell: ({ app_version }) => app_version || "–" },
  { header: "Events", cell: ({ count }) => number(count), isNumber: true },
];

function Open({ reason, onOpen }: { reason: Reason; onOpen: (reason: Reason) => void }) {
  return (
    <button
      type="button"
      class="link"
      onClick={() => onOpen(reason)}
      aria-label={`Show an example of ${keyOf(reason)}`}
    >
      Show
    </button>
  );
}

function keyOf({ code, path, app_version }: Counted): string {
  return `${code} ${path} ${app_version}`;
}

function total({ today }: Live): number {
  return today.accepted + today.duplicates + today.rejected;
}

/** Indented where it is JSON; it may be cut, or have been none. */
function readable(example: string): unknown {
  try {
    return JSON.parse(example);
  } catch {
    return example;
  }
}
