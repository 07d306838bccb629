import { useCallback, useState } from "preact/hooks";
import { bytes, number, plural } from "../format.ts";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { useNotify } from "../parts/notice.tsx";
import { Heading, Json, Known, Time } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { DeadLetter } from "../types.ts";

const EVERY_MS = 5_000;

type Asking = { kind: "replay_all" } | { kind: "replay_selected" } | { kind: "purge" };

/** What Firehose refused for good: to be looked at, sent again, or thrown away. Erasures among it have bytes, but are no events. */
export function DeadLetters({ game }: { game: string }) {
  const { api, isAdmin } = useSignedIn();
  const notify = useNotify();
  /** The pages gone through: `after` of each but the first. */
  const [trail, setTrail] = useState<readonly string[]>([]);
  const after = trail.at(-1);
  const [polled, refresh] = usePolledApi(
    useCallback(
      async (signal: AbortSignal) => {
        const [page, queue] = await Promise.all([
          api.deadLetters(game, after, signal),
          api.queue(game, signal),
        ]);
        return { ...page, count: queue.dead_letters.events, size: queue.dead_letters.bytes };
      },
      [api, game, after],
    ),
    EVERY_MS,
  );
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<DeadLetter>();
  const [asking, setAsking] = useState<Asking>();

  const done = (text: string) => {
    setSelected(new Set());
    setTrail([]);
    notify(text);
    refresh();
  };
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };

  return (
    <>
      <Heading>Dead letters</Heading>
      <p class="lead">
        Events that Firehose refused for good, each by itself. They are kept until they are replayed or
        purged.
      </p>
      <Known polled={polled} refresh={refresh}>
        {({ dead_letters, next, count, size }) => (
          <>
            {isAdmin && size > 0 && (
              <div class="toolbar">
                <div class="actions">
                  <button
                    type="button"
                    disabled={selected.size === 0}
                    onClick={() => setAsking({ kind: "replay_selected" })}
                  >
                    Replay selected{selected.size > 0 && ` (${selected.size})`} …
                  </button>
                  <button type="button" onClick={() => setAsking({ kind: "replay_all" })}>
                    Replay all …
                  </button>
                  <button type="button" class="danger" onClick={() => setAsking({ kind: "purge" })}>
                    Purge all …
                  </button>
                </div>
              </div>
            )}
            <Table
              caption={size === 0 ? "None" : `${plural(count, "event")}, ${bytes(size)}`}
              columns={[
                ...(isAdmin ? [selectColumn(selected, toggle)] : []),
                ...COLUMNS,
                { header: "Line", cell: (letter) => <Open letter={letter} onOpen={setOpened} /> },
              ]}
              rows={dead_letters}
              keyOf={({ id }) => id}
              empty="There are no dead letters. All is well."
            />
            {(trail.length > 0 || next !== null) && (
              <nav class="pager" aria-label="Pages of dead letters">
                <button
                  type="button"
                  disabled={trail.length === 0}
                  onClick={() => setTrail(trail.slice(0, -1))}
                >
                  Earlier
                </button>
                <button
                  type="button"
                  disabled={next === null}
                  onClick={() => next !== null && setTrail([...trail, next])}
                >
                  Later
                </button>
              </nav>
            )}
            {asking && (
              <Ask
                asking={asking}
                count={count}
                selected={selected.size}
                onClose={() => setAsking(undefined)}
                replay={async (isSelected) => {
                  const replayed = await api.replay(game, isSelected ? [...selected] : undefined);
                  done(`Replayed ${plural(replayed, "event")}: they are delivered with what waits.`);
                }}
                purge={async (confirmed) => {
                  const purged = await api.purge(game, confirmed);
                  done(`Purged ${plural(purged, "event")} for good.`);
                }}
              />
            )}
          </>
        )}
      </Known>
      {opened && <Details letter={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function Ask(props: {
  asking: Asking;
  count: number;
  selected: number;
  onClose: () => void;
  replay: (isSelected: boolean) => Promise<void>;
  /** As many as were confirmed, whatever has come since. */
  purge: (confirmed: number) => Promise<void>;
}) {
  // Numbers go on changing behind the dialog; what was asked for does not.
  const [{ count, selected }] = useState(props);
  switch (props.asking.kind) {
    case "replay_all":
    case "replay_selected": {
      const isSelected = props.asking.kind === "replay_selected";
      const events = plural(isSelected ? selected : count, "event");
      return (
        <Confirm
          title={`Replay ${events}?`}
          action={`Replay ${events}`}
          run={() => props.replay(isSelected)}
          onClose={props.onClose}
        >
          <p>
            They are sent again as they are and in their order. What is refused again comes back here, with
            its history.
          </p>
        </Confirm>
      );
    }
    case "purge":
      return (
        <Confirm
          title={`Purge ${plural(count, "event")}?`}
          action={`Purge ${plural(count, "event")}`}
          isDangerous
          typed={{ label: `Type ${count}, how many they are`, text: String(count) }}
          run={() => props.purge(count)}
          onClose={props.onClose}
        >
          <p>
            They are gone for good: they never reach the warehouse. Refused erasures stay, to be replayed.
          </p>
        </Confirm>
      );
  }
}

const COLUMNS: Column<DeadLetter>[] = [
  { header: "Id", cell: ({ id }) => id, isName: true },
  { header: "Since", cell: ({ at }) => <Time at={at} withDate /> },
  { header: "Code", cell: ({ code }) => <code>{code}</code> },
  { header: "Message", cell: ({ message }) => message },
  { header: "Attempts", cell: ({ attempts }) => number(attempts), isNumber: true },
  { header: "Bytes", cell: (letter) => bytes(letter.bytes), isNumber: true },
];

function selectColumn(selected: ReadonlySet<string>, toggle: (id: string) => void): Column<DeadLetter> {
  return {
    header: "Select",
    cell: ({ id }) => (
      <input
        type="checkbox"
        aria-label={`Select ${id}`}
        checked={selected.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  };
}

function Open({ letter, onOpen }: { letter: DeadLetter; onOpen: (letter: DeadLetter) => void }) {
  return (
    <button type="button" class="link" onClick={() => onOpen(letter)} aria-label={`Inspect ${letter.id}`}>
      Inspect
    </button>
  );
}

function Details({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  const burials = [...letter.history, letter];
  return (
    <Dialog title={`Dead letter ${letter.id}`} onClose={onClose} isWide>
      <ol class="findings">
        {burials.map(({ at, code, message, attempts }) => (
          <li key={at}>
            <Time at={at} withDate /> <code>{code}</code> {message} After {plural(attempts, "attempt")}.
          </li>
        ))}
      </ol>
      <Json value={letter.line} label="The line that was to be delivered" />
    </Dialog>
  );
}
