// Asking for what a card shows: the old answer stays until the new one is there, late answers are dropped.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../api/client";

/** After so many seconds a server that did not answer is asked again. */
const GONE_S = 3;

export interface Asked<T> {
  /** The last answer about this subject, null before there is one. */
  value: T | null;
  loading: boolean;
  problem: Problem | null;
  retry: () => void;
}

interface Held<T> {
  subject: string;
  value: T | null;
  loading: boolean;
  problem: Problem | null;
}

/**
 * Ask whenever `key` changes; null asks nothing. `subject` names what it is about: an answer about another
 * subject is never shown. A server that was gone, or asks to come again, is asked again.
 */
export function useAsked<T>(
  subject: string,
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
): Asked<T> {
  const [held, hold] = useState<Held<T>>({ subject, value: null, loading: key !== null, problem: null });
  const [attempt, setAttempt] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;
  useEffect(() => {
    if (key === null) {
      hold({ subject, value: null, loading: false, problem: null });
      return;
    }
    const abort = new AbortController();
    let later = 0;
    hold((was) => ({
      subject,
      value: was.subject === subject ? was.value : null,
      loading: true,
      problem: was.subject === subject ? was.problem : null,
    }));
    asking.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) hold({ subject, value, loading: false, problem: null });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, "failed", String(error));
        hold((was) => ({ ...was, loading: false, problem }));
        const waitS = problem.gone ? GONE_S : problem.retryAfterS;
        if (waitS !== null) later = window.setTimeout(() => setAttempt((n) => n + 1), waitS * 1000);
      },
    );
    return () => {
      abort.abort();
      clearTimeout(later);
    };
  }, [subject, key, attempt]);
  const here = held.subject === subject;
  return {
    value: here ? held.value : null,
    loading: here ? held.loading : key !== null,
    problem: here ? held.problem : null,
    retry: () => setAttempt((n) => n + 1),
  };
}
