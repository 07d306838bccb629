import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";

/** A modal dialog: the browser keeps the focus in it, closes it with Escape and gives the focus back. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  isWide?: boolean;
  /** It is closed by its own buttons only: what it shows is not shown again, or what it began is not over. */
  isHeld?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.isWide ? "wide" : ""}
      aria-labelledby={title}
      // Chromium lets the third Escape through whatever becomes of `cancel`; Safari does not know `closedby`.
      closedby={props.isHeld ? "none" : undefined}
      onCancel={(event) => props.isHeld && event.preventDefault()}
      onClose={props.onClose}
    >
      <header>
        <h2 id={title}>{props.title}</h2>
        {!props.isHeld && (
          <button type="button" class="quiet" onClick={props.onClose}>
            Close
          </button>
        )}
      </header>
      {props.children}
    </dialog>
  );
}

/**
 * Asks before something is changed. With `typed`, that text must be typed first. What goes wrong is said in the dialog, which stays, and
 * stays while it is not known.
 */
export function Confirm(props: {
  title: string;
  /** On the button: what it does. */
  action: string;
  isDangerous?: boolean;
  typed?: { label: string; text: string };
  children: ComponentChildren;
  /** Does it. The dialog closes when it is done. */
  run: () => Promise<void>;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<"asking" | "running" | ApiError>("asking");
  const isReady = state !== "running" && (props.typed === undefined || typed.trim() === props.typed.text);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!isReady) return;
    setState("running");
    try {
      await props.run();
      props.onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState(error);
    }
  }

  return (
    <Dialog title={props.title} onClose={props.onClose} isHeld={state === "running"}>
      <form onSubmit={submit}>
        {props.children}
        {props.typed && (
          <label>
            {props.typed.label}
            <input
              value={typed}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
              autocomplete="off"
              spellcheck={false}
            />
          </label>
        )}
        <p role="alert" class={state instanceof ApiError ? "problem" : ""}>
          {state instanceof ApiError && state.message}
        </p>
        <footer>
          <button type="button" disabled={state === "running"} onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class={props.isDangerous ? "danger" : "primary"} disabled={!isReady}>
            {state === "running" ? "Working …" : props.action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
