import { useEffect, useState } from "preact/hooks";

let show: (text: string) => void = () => {};

/** Says what was done, to eyes and to screen readers alike. It stays until it is dismissed, replaced, or the page is left. */
export function notify(text: string): void {
  show(text);
}

/** Where notices are shown: always there, as a live region must be before it says anything. */
export function Notices({ page }: { page: string }) {
  const [text, setText] = useState("");
  useEffect(() => {
    show = setText;
  }, []);
  // What was said of one page is forgotten on the next.
  useEffect(() => setText(""), [page]);
  return (
    <div class="notices">
      <p role="status" class={text === "" ? "" : "notice"}>
        {text}
      </p>
      {text !== "" && (
        <button type="button" class="quiet" onClick={() => setText("")}>
          Dismiss
        </button>
      )}
    </div>
  );
}
