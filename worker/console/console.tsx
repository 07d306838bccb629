import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { type ApiError, createApi } from "./api.ts";
import { type Route, readRoute } from "./router.ts";
import { forgetSession, type Session, storedSession, storeSession } from "./session.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { SignedInProvider } from "./signed-in.ts";

/** The console: signing in, then its pages. */
export function Console() {
  const [session, setSession] = useState(() => storedSession(sessionStorage));
  const [why, setWhy] = useState("");
  const route = useRoute();

  const signIn = useCallback((next: Session) => {
    storeSession(sessionStorage, next);
    setWhy("");
    setSession(next);
  }, []);
  const signOut = useCallback((reason: string) => {
    forgetSession(sessionStorage);
    setWhy(reason);
    setSession(undefined);
  }, []);
  const keyRefused = useCallback((error: ApiError) => signOut(error.message), [signOut]);
  const signedIn = useMemo(
    () => session && { session, api: createApi(session), isAdmin: session.role === "admin", keyRefused },
    [session, keyRefused],
  );

  if (signedIn === undefined) return <SignIn why={why} onSignedIn={signIn} />;
  return (
    <SignedInProvider value={signedIn}>
      <Shell route={route} onSignOut={() => signOut("You are signed out.")} />
    </SignedInProvider>
  );
}

/** Where the console is. */
function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const change = () => setRoute(readRoute(location.hash));
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}
