/**
 * Answers of the admin API that views keep current: loaded when the view opens, again at an interval while the tab is visible, and
 * at once on demand. An older answer never replaces a newer one.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, inWords, Refusal } from "./ask.ts";

/** How long after a failure an answer is asked for again that is not asked for at intervals: a server restarts in a second or two. */
const RETRY_MS = 3000;

export interface Polled<T> {
  data?: T;
  /** Why the last request failed; undefined when it did not. */
  trouble?: string;
  /** Asks again now. */
  reload: () => Promise<void>;
}

/**
 * Keeps the answer of `GET path`; `everyMs` 0 asks at first and whenever the tab is shown again, and after a failure until there is an
 * answer. Another path begins anew; undefined asks nothing. `more` ends the address of each request.
 */
export function usePolled<T>(path: string | undefined, everyMs: number, more = (): string => ""): Polled<T> {
  const ending = useRef(more);
  ending.current = more;
  const [state, setState] = useState<{ path: string | undefined; data?: T; trouble?: string }>({ path });
  const newest = useRef(0);
  const hasFailed = useRef(false);
  const reload = useCallback(async () => {
    if (path === undefined) return;
    const turn = ++newest.current;
    try {
      const data = await ask<T>("GET", path + ending.current());
      hasFailed.current = false;
      if (turn === newest.current) setState({ path, data });
    } catch (error) {
      // What the server refuses, it refuses again.
      hasFailed.current = !(error instanceof Refusal) || error.status >= 500;
      const trouble = inWords(error);
      if (turn === newest.current)
        setState((before) => (before.path === path ? { ...before, trouble } : { path, trouble }));
    }
  }, [path]);
  useEffect(() => {
    void reload();
    const again = () => {
      if (document.visibilityState === "visible") void reload();
    };
    const timer = everyMs > 0 ? setInterval(again, everyMs) : undefined;
    const retry = setInterval(() => {
      if (everyMs === 0 && hasFailed.current) again();
    }, RETRY_MS);
    document.addEventListener("visibilitychange", again);
    return () => {
      newest.current += 1;
      clearInterval(timer);
      clearInterval(retry);
      document.removeEventListener("visibilitychange", again);
    };
  }, [reload, everyMs]);
  return state.path === path ? { ...state, reload } : { reload };
}
