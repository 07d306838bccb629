import { useCallback, useState } from "preact/hooks";
import { number, plural } from "../format.ts";
import { Confirm } from "../parts/dialog.tsx";
import { useNotify } from "../parts/notice.tsx";
import { Badge, Heading, KeyId, Known, Time } from "../parts/parts.tsx";
import { type Column, LongTable, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { AuditEntry, Erasure } from "../types.ts";

const EVERY_MS = 10_000;

/** Erasing a player; what was erased, and what else operators did. */
export function Privacy({ game }: { game: string }) {
  const { api } = useSignedIn();
  const notify = useNotify();
  const [erasures, refreshErasures] = usePolledApi(
    useCallback((signal: AbortSignal) => api.erasures(game, signal), [api, game]),
    EVERY_MS,
  );
  const [audit, refreshAudit] = usePolledApi(
    useCallback((signal: AbortSignal) => api.audit(game, signal), [api, game]),
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
    refreshErasures();
    refreshAudit();
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
      <Known polled={erasures} refresh={refreshErasures}>
        {(known) => (
          <Table
            caption="Erasures"
            columns={ERASURES}
            rows={known}
            keyOf={({ erasure_id }) => erasure_id}
            empty="Nobody was erased."
          />
        )}
      </Known>
      <Known polled={audit} refresh={refreshAudit}>
        {(entries) => (
          <LongTable
            caption="Audit"
            columns={AUDIT}
            rows={entries}
            keyOf={(entry) => JSON.stringify(entry)}
            empty="Nothing was changed yet."
          />
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
  { header: "By key", cell: ({ requested_by }) => <KeyId id={requested_by} /> },
  { header: "Events purged", cell: ({ events_purged }) => number(events_purged), isNumber: true },
  {
    header: "Warehouse",
    cell: ({ announced }) =>
      announced ? <Badge tone="good">told</Badge> : <Badge tone="warn">not yet</Badge>,
  },
];

/** What was done, in words. */
const ACTIONS: Record<AuditEntry["action"], string> = {
  flush: "delivered now",
  replay: "replayed dead letters",
  purge: "purged dead letters",
  "key.mint": "minted a key",
  "key.revoke": "revoked a key",
  "user.erase": "erased a player",
};

const AUDIT: Column<AuditEntry>[] = [
  { header: "At", cell: ({ at }) => <Time at={at} withDate /> },
  {
    header: "Action",
    isName: true,
    cell: ({ action, outcome }) => (
      <>
        {ACTIONS[action]} {outcome === "failed" && <Badge tone="bad">failed half-way</Badge>}
      </>
    ),
  },
  { header: "By key", cell: ({ key }) => <KeyId id={key} /> },
  {
    header: "Detail",
    cell: ({ detail }) =>
      Object.entries(detail)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ") || "–",
  },
];
