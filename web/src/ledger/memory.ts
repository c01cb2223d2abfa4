// What this browser keeps of a log: the last checkpoint that held, and a policy of the person's own.
import { signal } from "@preact/signals";
import { fromBase64, toBase64 } from "./verify/bytes";
import type { Before } from "./verify/check";
import type { Checkpoint } from "./verify/note";

const SEEN = "openleo.ledger.seen";
const POLICY = "openleo.ledger.policy";

interface Seen {
  readonly size: number;
  readonly root: string;
  readonly at_s: number;
}
type Memory = Readonly<Record<string, Seen>>;

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser may refuse to keep anything: then each look is the first
  }
}

function write(name: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    // as above
  }
}

function memory(): Memory {
  try {
    const found: unknown = JSON.parse(read(SEEN) ?? "{}");
    return found && typeof found === "object" && !Array.isArray(found) ? (found as Memory) : {};
  } catch {
    return {};
  }
}

/** What this browser saw of a log last; null where it saw none, or what it kept cannot be read. */
export function remembered(origin: string): Before | null {
  const found = memory()[origin];
  const root = typeof found?.root === "string" ? fromBase64(found.root) : null;
  if (!found || !Number.isSafeInteger(found.size) || !Number.isFinite(found.at_s) || root?.length !== 32)
    return null;
  return { size: found.size, root, at_s: found.at_s };
}

/** The names of other logs that this browser saw at this address. */
export function otherLogs(origin: string): string[] {
  return Object.keys(memory()).filter((each) => each !== origin);
}

/** Keep a checkpoint that held in all that was checked. */
export function remember({ origin, size, root }: Checkpoint, nowS: number): void {
  write(
    SEEN,
    JSON.stringify({ ...memory(), [origin]: { size, root: toBase64(root), at_s: Math.floor(nowS) } }),
  );
}

/** Forget all checkpoints, as a person asked. */
export function forgetSeen(): void {
  write(SEEN, null);
}

/** A policy of the person's own, instead of the one that the server gives; null: the server's. */
export const ownPolicy = signal<string | null>(read(POLICY));

/** Take a policy of one's own, or the server's again (null). kept: whether this browser keeps it. */
export function takePolicy(text: string | null, kept: boolean): void {
  ownPolicy.value = text;
  write(POLICY, kept ? text : null);
}

/** Whether this browser keeps a policy. */
export function keepsPolicy(): boolean {
  return read(POLICY) !== null;
}
