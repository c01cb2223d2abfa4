// One look of this browser at the log: its files are read from the server, and nothing of them is believed unchecked.
import { Problem } from "../api/client";
import { otherLogs, ownPolicy, remember, remembered } from "./memory";
import { type Bytes, Wrong, fromUtf8 } from "./verify/bytes";
import {
  type Finding,
  checkCheckpoint,
  checkEntry,
  checkGrown,
  checkLog,
  checkShown,
  ofError,
} from "./verify/check";
import { ability } from "./verify/keys";
import { type Checkpoint } from "./verify/note";
import { type Policy, parsePolicy } from "./verify/policy";

/** What is looked at beside the checkpoint; shown: the JSON that the page shows for the entry. */
export type Wanted =
  | { readonly what: "checkpoint" }
  | { readonly what: "log" }
  | { readonly what: "entry"; readonly index: number; readonly shown: unknown };

export type Group = "vouches" | "history" | "entry" | "log";

/** What came of a look. refused: why nothing was checked at all. */
export interface Look {
  readonly refused: "insecure" | "none" | null;
  readonly own: boolean;
  readonly checkpoint: Checkpoint | null;
  readonly findings: readonly (Finding & { readonly group: Group })[];
}

const TRIES = 6;
/** Milliseconds between the files of a whole log: a server answers an address 50 times a second. */
const PACE_MS = 25;

/** The bytes of a file of the log as the server has it now, past every cache; null where there is none. */
export async function logFile(path: string, signal?: AbortSignal): Promise<Bytes | null> {
  for (let tries = 1; ; tries++) {
    let answer: Response;
    try {
      answer = await fetch(`/log/${path}`, {
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem(0, "gone", String(error));
    }
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    if (answer.status === 404 || answer.status === 410) return null;
    if (tries === TRIES || (answer.status !== 429 && answer.status !== 503)) {
      throw new Problem(answer.status, "failed", answer.statusText);
    }
    const after = Number(answer.headers.get("retry-after"));
    await pause(Math.min(Math.max(after || 1, 1), 10) * 1000);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The policy by which is checked: the person's own, or what the server gives; throws Wrong. */
export async function policyInUse(
  signal?: AbortSignal,
): Promise<{ text: string; policy: Policy; own: boolean }> {
  const own = ownPolicy.value;
  if (own !== null) return { text: own, policy: await parsePolicy(own), own: true };
  const raw = await logFile("policy", signal);
  const text = raw === null ? null : fromUtf8(raw);
  if (text === null) throw new Wrong("wrong.policy.unread");
  return { text, policy: await parsePolicy(text), own: false };
}

/**
 * Look at the log once. told: called with entries done and all of them; where it returns false, reading ends.
 * A checkpoint that holds in all that was checked is remembered; one that contradicts is not.
 */
export async function look(
  wanted: Wanted,
  signal: AbortSignal,
  told: (done: number, all: number) => void,
): Promise<Look> {
  const able = await ability();
  const own = ownPolicy.value !== null;
  if (able !== "yes") return { refused: able, own, checkpoint: null, findings: [] };
  const findings: (Finding & { group: Group })[] = [];
  const add = (group: Group, more: readonly Finding[]): void => {
    findings.push(...more.map((each) => ({ ...each, group })));
  };
  let free = 0;
  const read = async (path: string): Promise<Bytes | null> => {
    const wait = free - performance.now();
    if (wanted.what === "log" && wait > 0) await pause(wait);
    free = performance.now() + PACE_MS;
    return logFile(path, signal);
  };
  const done = (checkpoint: Checkpoint | null): Look => ({ refused: null, own, checkpoint, findings });

  let policy: Policy;
  try {
    ({ policy } = await policyInUse(signal));
  } catch (error) {
    add("vouches", [ofError(error)]);
    return done(null);
  }
  const raw = await read("checkpoint");
  if (raw === null) throw new Problem(404, "not-found", "checkpoint");
  const nowS = Date.now() / 1000;
  const opened = await checkCheckpoint(raw, policy, nowS);
  add("vouches", opened.findings);
  const checkpoint = opened.checkpoint;
  if (!checkpoint) return done(null);
  const before = remembered(checkpoint.origin);
  const others = otherLogs(checkpoint.origin);
  add("history", [await checkGrown(read, checkpoint, before)]);
  if (others.length && !before) {
    add("history", [{ sign: "open", key: "check.seen.other", values: { others: others.join(", ") } }]);
  }
  if (wanted.what === "entry") {
    const found = await checkEntry(read, checkpoint, wanted.index);
    add("entry", found.findings);
    if (found.entry) add("entry", [checkShown(found.entry, wanted.shown)]);
  } else if (wanted.what === "log") {
    add("log", await checkLog(read, checkpoint, (count) => (told(count, checkpoint.size), !signal.aborted)));
  }
  signal.throwIfAborted();
  if (opened.believed && findings.every((each) => each.sign !== "bad")) remember(checkpoint, nowS);
  return done(checkpoint);
}
