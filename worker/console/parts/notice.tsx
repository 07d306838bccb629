import { createContext } from "preact";
import { useContext } from "preact/hooks";

const Context = createContext<(text: string) => void>(() => {});

export const NotifyProvider = Context.Provider;

/** Says what was done, to eyes and to screen readers alike. It stays until it is dismissed, replaced, or the page is left. */
export function useNotify(): (text: string) => void {
  return useContext(Context);
}

/** Where it is said: always there, as a live region must be before it says anything. */
export function Notice({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <div class="notices">
      <p role="status" class={text === "" ? "" : "notice"}>
        {text}
      </p>
      {text !== "" && (
        <button type="button" class="quiet" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}
