import { useCallback } from "preact/hooks";
import { number } from "../format.ts";
import { Heading, Known } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { UnknownField } from "../types.ts";

const EVERY_MS = 5_000;

const COLUMNS: Column<UnknownField>[] = [
  { header: "Field", cell: ({ field }) => <code>{field}</code>, isName: true },
  { header: "Event", cell: ({ event_type }) => event_type },
  { header: "App version", cell: ({ app_version }) => app_version },
  { header: "Events", cell: ({ count }) => number(count), isNumber: true },
];

/** Fields that games send and the collector does not know. */
export function Drift({ game }: { game: string }) {
  const { api } = useSignedIn();
  const [live, refresh] = usePolledApi(
    useCallback((signal: AbortSignal) => api.live(game, signal), [api, game]),
    EVERY_MS,
  );
  return (
    <>
      <Heading>Drift</Heading>
      <p class="lead">
        Fields that are no part of an event&apos;s type. They are kept and delivered, but no column of the
        warehouse has them: a name may be misspelt, or belong into <code>properties</code>.
      </p>
      <Known polled={live} refresh={refresh}>
        {({ drift }) => (
          <Table
            caption="Unknown fields today, by version"
            columns={COLUMNS}
            rows={drift}
            keyOf={({ field, event_type, app_version }) => `${field} ${event_type} ${app_version}`}
            empty="No event had a field that the collector does not know."
          />
        )}
      </Known>
    </>
  );
}
