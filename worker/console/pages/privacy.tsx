import { useCallback, useState } from "preact/hooks";
import { number, plural } from "../format.ts";
import { Confirm } from "../parts/dialog.tsx";
import { notify } from "../parts/notice.tsx";
import { Badge, Heading, Known, Time } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { AuditEntry, Erasure } from "../types.ts";

const EVERY_MS = 10_000;

/** Erasing a player; what was erased, and what else operators did. */
export function Privacy({ game }: { game: string }) {
  const { api } = useSignedIn();
  const [polled, refresh] = usePolledApi(
    useCallback(
      async (signal: AbortSignal) => {
        const [erasures, audit] = await Promise.all([api.erasures(game, signal), api.audit(game, signal)]);
        return { erasures, audit };
      },
      [api, game],
    ),
    EVERY_MS,
  );
  const [user, setUser] = useState("");
  const [asking, setAsking] = useState("");

  const erase = async () => {
    const { erasure_id, events_purged, queues } = await api.erase(game, asking);
    setUser("");
    notify(
      `Erased: ${plural(events_purged, "event")} taken out of ${plural(queues, "queue")}. The erasure's id is ${erasure_id}.`,
    );
    refresh();
  };

  return (
    <>
      <Heading>Privacy</Heading>
      <form
        class="card row"
        onSubmit={(event) => {
          event.preventDefault();
          setAsking(user.trim());
        }}
      >
        <label class="grow">
          Erase a player: the user_id
          <input
            value={user}
            maxLength={128}
            onInput={({ currentTarget }) => setUser(currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit" class="danger" disabled={user.trim() === ""}>
          Erase …
        </button>
        <p class="note">
          What waits of theirs is deleted, nothing more is kept, and the warehouse is told to delete what it
          has.
        </p>
      </form>
      <Known polled={polled} refresh={refresh}>
        {({ erasures, audit }) => (
          <>
            <Table
              caption="Erasures"
              columns={ERASURES}
              rows={erasures}
              keyOf={({ erasure_id }) => erasure_id}
              empty="Nobody was erased."
            />
            <Table
              caption="Audit"
              columns={AUDIT}
              rows={audit}
              keyOf={({ at, key, action, detail }) => `${at} ${key} ${action} ${JSON.stringify(detail)}`}
              empty="Nothing was changed yet."
            />
          </>
        )}
      </Known>
      {asking !== "" && (
        <Confirm
          title="Erase this player?"
          action="Erase"
          isDangerous
          typed={{ label: `Type ${asking} once more`, text: asking }}
          run={erase}
          onClose={() => setAsking("")}
        >
          <p>An erasure is for good. Whoever plays on under this id leaves no trace from now on.</p>
        </Confirm>
      )}
    </>
  );
}

const ERASURES: Column<Erasure>[] = [
  { header: "Erasure", cell: ({ erasure_id }) => <code>{erasure_id}</code>, isName: true },
  { header: "Asked for", cell: ({ requested_at }) => <Time at={requested_at} withDate /> },
  { header: "By key", cell: ({ requested_by }) => <code>{requested_by}</code> },
  { header: "Events purged", cell: ({ events_purged }) => number(events_purged), isNumber: true },
  {
    header: "Warehouse",
    cell: ({ announced }) =>
      announced ? <Badge tone="good">told</Badge> : <Badge tone="warn">not yet</Badge>,
  },
];

const AUDIT: Column<AuditEntry>[] = [
  { header: "At", cell: ({ at }) => <Time at={at} withDate /> },
  { header: "Action", cell: ({ action }) => action, isName: true },
  { header: "By key", cell: ({ key }) => <code>{key}</code> },
  {
    header: "Detail",
    cell: ({ detail }) =>
      Object.entries(detail)
        .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(", ") || "–",
  },
];
