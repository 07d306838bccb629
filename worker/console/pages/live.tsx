import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { fieldOf, gist, matches } from "../filter.ts";
import { plural } from "../format.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Findings } from "../parts/findings.tsx";
import { Badge, Heading, Json, Time, VerdictBadge } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useSignedIn } from "../signed-in.ts";
import { openTail, type Tail, type TailState } from "../tail.ts";
import { TestEvent } from "../test-event.tsx";
import type { TailFilter, TailItem, TailStatus } from "../types.ts";

/** More than anybody reads, and few enough to be drawn at once. */
const SHOWN_MAX = 200;

/** Of types that a game can report; others are found by their user. */
const TYPES = [
  "ad",
  "custom",
  "error",
  "install",
  "performance",
  "progression",
  "purchase",
  "resource",
  "session_end",
  "session_start",
];
const STATUSES: readonly TailStatus[] = ["accepted", "duplicate", "rejected"];

/** An event, and which one since the page was opened. */
interface Shown {
  number: number;
  item: TailItem;
}

/** Events as they arrive, with their verdicts. */
export function LiveEvents({ game }: { game: string }) {
  const { isAdmin } = useSignedIn();
  const [filter, setFilter] = useState<TailFilter>({});
  const { state, events, skipped } = useTail(game, filter);
  const { shown, behind, toggle, clear } = useStandstill(events);
  const [opened, setOpened] = useState<TailItem>();
  const [isTesting, setTesting] = useState(false);

  return (
    <>
      <Heading
        aside={
          isAdmin && (
            <button type="button" onClick={() => setTesting(true)}>
              Send a test event …
            </button>
          )
        }
      >
        Live
      </Heading>
      <div class="toolbar">
        <Filters onChange={setFilter} />
        <div class="actions">
          <Connection state={state} />
          <button type="button" class={behind === undefined ? "" : "on"} onClick={toggle}>
            {behind === undefined ? "Pause" : behind === 0 ? "Resume" : `Resume (${behind} new)`}
          </button>
          <button type="button" onClick={clear}>
            Clear
          </button>
        </div>
      </div>
      {skipped > 0 && (
        <p class="note">{plural(skipped, "event")} left out: more came than can be shown. A filter helps.</p>
      )}
      <Table
        caption={`Newest events first, up to ${SHOWN_MAX}`}
        columns={columnsOf(setOpened)}
        rows={shown.filter(({ item }) => matches(filter, item))}
        isSteady
        keyOf={({ number }) => String(number)}
        empty="No event came since this page was opened. The next one appears here by itself."
      />
      {opened && <Details item={opened} onClose={() => setOpened(undefined)} />}
      {isTesting && <TestEvent game={game} onClose={() => setTesting(false)} />}
    </>
  );
}

function columnsOf(onOpen: (item: TailItem) => void): Column<Shown>[] {
  return [
    { header: "At", cell: ({ item }) => <Time at={item.at} />, isShort: true },
    { header: "Verdict", cell: ({ item }) => <Verdict item={item} />, isShort: true },
    {
      header: "Event",
      isName: true,
      isShort: true,
      cell: ({ item }) => (
        <button type="button" class="link" onClick={() => onOpen(item)}>
          {fieldOf(item.event, "event_type") || "unreadable"}
        </button>
      ),
    },
    {
      header: "User",
      isShort: true,
      cell: ({ item }) => <code class="clip">{fieldOf(item.event, "user_id")}</code>,
    },
    { header: "What", cell: ({ item }) => <span class="clip">{gist(item.event)}</span> },
  ];
}

/** What is shown of `events`: all since it was cleared, or while it stands still those from before. `behind`: how many came since. */
function useStandstill(events: readonly Shown[]) {
  const [still, setStill] = useState<readonly Shown[]>();
  const [clearedAt, setClearedAt] = useState(0);
  const newest = events[0]?.number ?? 0;
  const [stoodAt, setStoodAt] = useState(0);
  return {
    shown: (still ?? events).filter(({ number }) => number > clearedAt),
    behind: still && newest - stoodAt,
    toggle() {
      setStill(still === undefined ? events : undefined);
      setStoodAt(newest);
    },
    clear() {
      setClearedAt(newest);
      setStoodAt(newest);
    },
  };
}

function useTail(game: string, filter: TailFilter) {
  const { session, api, keyRefused } = useSignedIn();
  const [state, setState] = useState<TailState>({ kind: "connecting" });
  const [events, setEvents] = useState<readonly Shown[]>([]);
  const [skipped, setSkipped] = useState(0);
  const tail = useRef<Tail>(undefined);
  const count = useRef(0);

  useEffect(() => {
    const opened = openTail(session, game, {
      state: setState,
      items(items, more) {
        const numbered = items.map((item) => ({ number: ++count.current, item })).toReversed();
        setEvents((known) => [...numbered, ...known].slice(0, SHOWN_MAX));
        if (more > 0) setSkipped((known) => known + more);
      },
      refused() {
        api.queue(game).catch((error: unknown) => {
          if (error instanceof ApiError && error.isKeyRefused) keyRefused(error);
        });
      },
    });
    tail.current = opened;
    return () => opened.close();
  }, [session, api, keyRefused, game]);

  useEffect(() => tail.current?.filter(filter), [filter]);

  return { state, events, skipped };
}

function Connection({ state }: { state: TailState }) {
  return (
    <span role="status">
      <ConnectionBadge state={state} />
    </span>
  );
}

function ConnectionBadge({ state }: { state: TailState }) {
  switch (state.kind) {
    case "connecting":
      return <Badge tone="plain">connecting …</Badge>;
    case "live":
      return <Badge tone="good">connected</Badge>;
    case "waiting":
      return <Badge tone="warn">connection lost, trying again</Badge>;
  }
}

/** The player's id is taken once it is whole: at Enter, or when the field is left. */
function Filters({ onChange }: { onChange: (filter: TailFilter) => void }) {
  const form = useRef<HTMLFormElement>(null);
  function change(): void {
    if (form.current === null) return;
    const fields = new FormData(form.current);
    const chosen = [...fields]
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name, String(value).trim()]);
    onChange(Object.fromEntries(chosen));
  }
  return (
    <form
      ref={form}
      class="filters"
      onChange={change}
      onSubmit={(event) => {
        event.preventDefault();
        change();
      }}
    >
      <label>
        User
        <input name="user" maxLength={128} autocomplete="off" spellcheck={false} />
      </label>
      <Choice label="Type" name="type" options={TYPES} />
      <Choice label="Verdict" name="status" options={STATUSES} />
    </form>
  );
}

function Choice({ label, name, options }: { label: string; name: string; options: readonly string[] }) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">all</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

function Verdict({ item: { status, warnings = [] } }: { item: TailItem }) {
  return (
    <>
      <VerdictBadge status={status} />
      {warnings.length > 0 && <Badge tone="warn">{plural(warnings.length, "warning")}</Badge>}
    </>
  );
}

function Details({ item, onClose }: { item: TailItem; onClose: () => void }) {
  const { at, status, event, warnings = [], errors = [] } = item;
  return (
    <Dialog
      title={fieldOf(event, "event_type") || "An event that could not be read"}
      onClose={onClose}
      isWide
    >
      <p>
        <VerdictBadge status={status} /> received <Time at={at} withDate /> UTC
      </p>
      <Findings title="Errors" findings={errors} />
      <Findings title="Warnings" findings={warnings} />
      <Json value={event} label="The event as JSON" />
    </Dialog>
  );
}
