import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api, ApiError } from "./api.ts";
import { type Polled, usePolled } from "./poll.ts";
import type { Session } from "./session.ts";

/** What every page needs. */
export interface SignedIn {
  session: Session;
  api: Api;
  /** Whether changes may be made. */
  isAdmin: boolean;
  /** Ends the session, since the collector refuses its key. */
  keyRefused: (error: ApiError) => void;
}

const Context = createContext<SignedIn | undefined>(undefined);

export const SignedInProvider = Context.Provider;

export function useSignedIn(): SignedIn {
  const signedIn = useContext(Context);
  if (signedIn === undefined) throw new Error("this page is only shown to those who are signed in");
  return signedIn;
}

/** `usePolled` for whoever is signed in. */
export function usePolledApi<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
): [Polled<T>, () => void] {
  return usePolled(ask, everyMs, useSignedIn().keyRefused);
}
