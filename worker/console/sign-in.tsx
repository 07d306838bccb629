import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, createApi } from "./api.ts";
import { readKey, type Session } from "./session.ts";

/** Asks for a key, and lets in whoever has one that the collector takes. */
export function SignIn({ why, onSignedIn }: { why: string; onSignedIn: (session: Session) => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(why);
  const [isAsking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = "Sign in · Playtrail";
    field.current?.focus();
  }, []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const reading = readKey(text);
    if (reading.kind === "wrong") return setProblem(reading.why);
    setAsking(true);
    setProblem("");
    try {
      await createApi(reading.session).games();
      onSignedIn(reading.session);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
      setAsking(false);
    }
  }

  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <Brand />
        <h1>Sign in</h1>
        <label>
          Key
          <input
            ref={field}
            type="password"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
            aria-describedby="about-key"
            aria-invalid={problem !== "" && problem !== why}
          />
        </label>
        <p class="note" id="about-key">
          A <code>read</code> key looks, an <code>admin</code> key may also change things. It stays in this
          tab, and is gone when the tab is closed.
        </p>
        <p role="alert" class={problem === "" ? "" : "problem"}>
          {problem}
        </p>
        <button type="submit" class="primary" disabled={isAsking}>
          {isAsking ? "Asking …" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

/** The name, and the trail that events leave. */
export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
        <rect class="ground" width="32" height="32" rx="7" />
        <circle class="dot far" cx="8.5" cy="23" r="2.5" />
        <circle class="dot near" cx="14" cy="17" r="3" />
        <circle class="dot" cx="21.5" cy="10.5" r="4.5" />
      </svg>
      Playtrail
    </span>
  );
}
