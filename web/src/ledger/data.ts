// The log as the server tells it: its latest entries, one entry, and whether it has grown meanwhile.
import { signal } from "@preact/signals";
import { Problem, get } from "../api/client";
import { region } from "../state";
import { language } from "../words";
import { decimal, fromUtf8 } from "./verify/bytes";
import { logFile } from "./verifying";

export type State = "waiting" | "in force" | "ended" | "withdrawn" | "refused";

export interface Listed {
  readonly index: number;
  readonly type: string | null;
  readonly time: string | null;
  readonly said: string;
  readonly state: State | null;
}

export interface Told {
  readonly log: string;
  readonly checkpoint: {
    readonly size: number;
    readonly root: string;
    readonly signed_by: readonly string[];
    readonly cosignatures: readonly { readonly witness: string; readonly time: string | null }[];
  };
  readonly read_at: string | null;
}

interface Page extends Told {
  readonly entries: readonly Listed[];
  readonly next: number | null;
}

export interface Approval {
  readonly name: string;
  readonly organisation: string | null;
  readonly statement: string;
  readonly interests: string;
  readonly time: string;
  readonly counts: boolean;
  readonly why_not: string | null;
}

export interface Change {
  readonly change: string;
  readonly state: State;
  readonly refused: string | null;
  readonly effective_at: string;
  readonly began: string | null;
  readonly ended: string | null;
  readonly approvals: readonly Approval[];
}

export interface Entry extends Told {
  readonly index: number;
  readonly type: string;
  readonly what: string;
  readonly said: readonly string[];
  readonly state: Change | null;
  readonly links: readonly { readonly index: number; readonly is: string }[];
  readonly entry: unknown;
  readonly leaf_hash: string;
  readonly seen_first: readonly { readonly witness: string; readonly time: string }[];
  readonly check: string;
}

interface Rules {
  readonly rules: {
    readonly checkpoint?: { readonly size: number };
    readonly wrong?: readonly string[];
  } | null;
}

/** "none": the server follows no log; "waiting": it has not reached it yet; "gone": it does not answer. */
export const standing = signal<"asking" | "none" | "waiting" | "there" | "gone">("asking");
export const told = signal<Told | null>(null);
export const entries = signal<readonly Listed[]>([]);
/** Entries before this one are still to be had; null: none. */
export const next = signal<number | null>(null);
export const kind = signal("");
/** Entries that the log has and the list does not show yet. */
export const fresh = signal(0);
/** The size that the log has now, where that is smaller than what is shown; else null. */
export const shrunk = signal<number | null>(null);
export const busy = signal(false);
/** What the server says is wrong with the log, in its own words. */
export const trouble = signal<readonly string[]>([]);

const PAGE = 30;
let asked = 0;

/** Ask for the latest entries; whatever was asked before and comes later is dropped. */
export async function load(): Promise<void> {
  const mine = ++asked;
  busy.value = true;
  try {
    const { rules } = await get<Rules>("/v1/rules");
    if (mine !== asked) return;
    trouble.value = rules?.wrong ?? [];
    if (!rules?.checkpoint) standing.value = "none";
    else if (!rules.checkpoint.size) standing.value = "waiting";
    else {
      const page = await ask(null);
      if (mine !== asked) return;
      show(page, page.entries);
      fresh.value = 0;
      shrunk.value = null;
    }
  } catch (error) {
    if (mine === asked) failed(error);
  } finally {
    if (mine === asked) busy.value = false;
  }
}

/** Ask for the entries before those that are shown. */
export async function more(): Promise<void> {
  if (next.value === null || busy.value) return;
  const mine = ++asked;
  busy.value = true;
  try {
    const page = await ask(next.value);
    if (mine === asked) show(page, [...entries.value, ...page.entries]);
  } catch (error) {
    if (mine === asked) failed(error);
  } finally {
    if (mine === asked) busy.value = false;
  }
}

function ask(before: number | null): Promise<Page> {
  const only = { kind: kind.value || null, region: chosenRegion() };
  return get<Page>("/log", { before, limit: PAGE, lang: language.value, ...only });
}

/** The region that entries are asked for by; what the map of availability picks is none of the rules. */
export function chosenRegion(): string | null {
  return region.value?.match(/^(country|area)\//) ? null : region.value;
}

function show(page: Page, list: readonly Listed[]): void {
  told.value = page;
  entries.value = list;
  next.value = page.next;
  standing.value = "there";
}

function failed(error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  standing.value = error.status === 503 ? "waiting" : error.status === 404 ? "none" : "gone";
}

/** Look whether the log has grown; what is shown stays as it is. */
export async function lookForMore(): Promise<void> {
  if (standing.value !== "there") return load();
  const before = told.value;
  try {
    const raw = await logFile("checkpoint");
    const size = decimal((raw && fromUtf8(raw)?.split("\n")[1]) ?? "");
    if (size === null || !before || before !== told.value) return;
    fresh.value = Math.max(0, size - before.checkpoint.size);
    shrunk.value = size < before.checkpoint.size ? size : null;
  } catch {
    // the server is gone for a while: the page says so, and the next look may find it
  }
}

/** One entry with all that is said of it. */
export function entryOf(index: number): Promise<Entry> {
  return get<Entry>(`/log/${index}.json`, { lang: language.value });
}
