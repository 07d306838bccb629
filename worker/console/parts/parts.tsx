import { type ComponentChildren, Fragment } from "preact";
import * as format from "../format.ts";
import type { Polled } from "../poll.ts";
import type { DeliveryState, Revenue, TailStatus } from "../types.ts";

/** A page's heading takes the focus when the page is gone to, so that it is read first. */
export function Heading({ children, aside }: { children: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <div class="heading">
      <h1 tabIndex={-1}>{children}</h1>
      {aside !== undefined && <div class="actions">{aside}</div>}
    </div>
  );
}

/** What is polled, or why it is not there: loading, failed, or stale. */
export function Known<T>(props: {
  polled: Polled<T>;
  refresh: () => void;
  children: (data: T) => ComponentChildren;
}) {
  const { polled, refresh, children } = props;
  switch (polled.kind) {
    case "loading":
      return <p class="loading">Loading …</p>;
    case "failed":
      return (
        <div class="problem" role="alert">
          <p>{polled.error.message}</p>
          <button type="button" onClick={refresh}>
            Try again
          </button>
        </div>
      );
    case "ready":
      return (
        <>
          {polled.error && (
            <p class="stale" role="status">
              {polled.error.message} What you see is from {format.clock(new Date(polled.at).toISOString())}{" "}
              UTC.
            </p>
          )}
          {children(polled.data)}
        </>
      );
  }
}

/** A time in UTC. */
export function Time({ at, withDate = false }: { at: string; withDate?: boolean }) {
  return <time dateTime={at}>{withDate ? format.dateTime(at) : format.clock(at)}</time>;
}

const DELIVERY: Record<DeliveryState, { label: string; tone: string }> = {
  closed: { label: "delivering", tone: "good" },
  half_open: { label: "trying again", tone: "warn" },
  open: { label: "stopped", tone: "bad" },
};

/** The state of a queue's breaker, in a word. */
export function DeliveryBadge({ state }: { state: DeliveryState }) {
  const { label, tone } = DELIVERY[state];
  return <Badge tone={tone}>{label}</Badge>;
}

const VERDICT: Record<TailStatus, string> = { accepted: "good", duplicate: "plain", rejected: "bad" };

export function VerdictBadge({ status }: { status: TailStatus }) {
  return <Badge tone={VERDICT[status]}>{status}</Badge>;
}

export function Badge({ tone, children }: { tone: string; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** Money by currency, to the last digit. */
export function Amounts({ revenue }: { revenue: Revenue }) {
  const currencies = Object.entries(revenue);
  if (currencies.length === 0) return <>–</>;
  return (
    <>
      {currencies.map(([currency, decimal]) => (
        <Fragment key={currency}>
          <span class="amount">
            {format.amount(decimal)} <small>{currency}</small>
          </span>{" "}
        </Fragment>
      ))}
    </>
  );
}

/** The beginning of a key's id, which is enough to know it again; all of it where the pointer rests. */
export function KeyId({ id }: { id: string }) {
  return <code title={id}>{id.length > 12 ? `${id.slice(0, 8)}…` : id}</code>;
}

/** A number that matters, and what it is. */
export function Tile(props: {
  label: string;
  value: ComponentChildren;
  note?: ComponentChildren;
  tone?: "bad" | "warn" | undefined;
}) {
  return (
    <div class={`tile ${props.tone ?? ""}`}>
      <dt>{props.label}</dt>
      <dd class="value">{props.value}</dd>
      {props.note !== undefined && <dd class="note">{props.note}</dd>}
    </div>
  );
}

/** JSON as it can be read. It can be scrolled, so it can be focused. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="json" tabIndex={0} aria-label={label}>
      <pre>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
    </section>
  );
}
