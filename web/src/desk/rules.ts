// The rules that are being written: their text and files, what is wrong in them, and the dry run that was made last.
import { signal } from "@preact/signals";
import { Problem, type Schemas } from "../api/client";
import { type DryRun, type Mode } from "./draw";
import { read, readBytes, said, send } from "./session";

export type RulesText = Schemas["RulesText"];
export interface Wrong {
  line: number | null;
  key: string;
  text: string;
}

/** The rules that the change is made for, null before they were read. */
export const base = signal<RulesText | null>(null);
export const text = signal("");
export const files = signal<Readonly<Record<string, string>>>({});
export const faults = signal<readonly Wrong[]>([]);
export const trouble = signal("");
export const busy = signal(false);
export const dry = signal<DryRun | null>(null);
/** The states of the view's cells before and after, null where no network is shown. */
export const states = signal<Uint8Array | null>(null);
export const mode = signal<Mode>("difference");

/** Begin with the rules in force; what was written before is lost only where that is asked for. */
export async function begin(anew = false): Promise<void> {
  if (base.value && !anew) return;
  try {
    const found = await read<RulesText>("/v1/rules/text");
    base.value = found;
    text.value = found.rules;
    files.value = found.files;
    forget();
    trouble.value = "";
  } catch (error) {
    trouble.value = said(error);
  }
}

/** Whether anything was written since. */
export function changed(): boolean {
  const from = base.value;
  return (
    from === null || from.rules !== text.value || JSON.stringify(from.files) !== JSON.stringify(files.value)
  );
}

/** The text is another now: what a dry run said was said of the old one. */
export function forget(): void {
  dry.value = null;
  states.value = null;
  faults.value = [];
}

/** The rules as they travel. */
export function given(): { rules: string; files: Readonly<Record<string, string>> } {
  return { rules: text.value, files: files.value };
}

/** Make a dry run of what is written. */
export async function tryOut(capacity: boolean, at: string): Promise<void> {
  busy.value = true;
  trouble.value = "";
  forget();
  try {
    const made = await send<DryRun>("/v1/dry-runs", { ...given(), capacity, ...(at ? { at } : {}) });
    states.value = made.view ? new Uint8Array(await readBytes(made.view.address)) : null;
    dry.value = made;
  } catch (error) {
    note(error);
  } finally {
    busy.value = false;
  }
}

/** Show what the server found wrong: by line where it says so. */
export function note(error: unknown): void {
  faults.value =
    error instanceof Problem ? error.errors.filter((each) => each.line !== undefined).map(fault) : [];
  trouble.value = said(error);
}

function fault(each: { field: string; detail: string; line?: number | null }): Wrong {
  return { line: each.line ?? null, key: each.field, text: each.detail };
}
