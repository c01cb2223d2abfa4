// As whom one works: the token, kept in memory alone unless the person asks otherwise, and what it may do.
import { computed, signal } from "@preact/signals";
import { Problem, type Schemas, bytes, get, post } from "../api/client";
import { t } from "../words";

export type Session = Schemas["Session"];

const KEPT = "openleo.desk.token";
let token = "";

export type Part = "findings" | "terminals" | "change" | "waiting" | "requests";
/** The part of the desk that is shown. */
export const part = signal<Part>("findings");

/** Whose token it is, null where nobody is signed in. */
export const session = signal<Session | null>(null);
/** Why the last token was not taken, or is not any more; "" for nothing. */
export const refusal = signal("");
/** Whether the person may change things here, or read what operators and auditors read. */
export const writes = computed(() => session.value?.role === "operator");
export const reads = computed(() => session.value !== null && session.value.role !== "approver");

/** Show a token to the server; keep it in this tab's sessionStorage only where that is asked for. */
export async function signIn(given: string, keep: boolean): Promise<void> {
  refusal.value = "";
  token = given.trim();
  try {
    session.value = await get<Session>("/v1/token", {}, { token });
    if (keep) sessionStorage.setItem(KEPT, token);
  } catch (error) {
    forgetToken();
    refusal.value = said(error);
  }
}

/** Take up a token that this tab keeps, if there is one. */
export async function resume(): Promise<void> {
  const kept = sessionStorage.getItem(KEPT);
  if (kept && !session.value) await signIn(kept, true);
}

/** Sign out: the token is gone from memory and storage. */
export function signOut(): void {
  forgetToken();
  refusal.value = "";
}

function forgetToken(): void {
  token = "";
  session.value = null;
  sessionStorage.removeItem(KEPT);
}

/** Ask as the person who is signed in. */
export function read<T>(path: string, parameters: Record<string, string | number | null> = {}): Promise<T> {
  return held(() => get<T>(path, parameters, { token }));
}

/** Do something as that person: never before they have confirmed it. */
export function send<T>(path: string, body: unknown): Promise<T> {
  return held(() => post<T>(path, body, { token }));
}

/** Bytes that only that person may have. */
export function readBytes(path: string): Promise<ArrayBuffer> {
  return held(() => bytes(path, {}, { token }));
}

async function held<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Problem && error.kind === "unauthorized") {
      forgetToken();
      refusal.value = said(error);
    }
    throw error;
  }
}

/** What went wrong, for the person: in the server's own words, or that it was not reached. */
export function said(error: unknown): string {
  if (error instanceof Problem) {
    if (error.gone) return t("common.gone");
    if (error.status === 401) return t("desk.refused.token", { detail: error.message });
    if (error.status === 403) return t("desk.refused.role", { detail: error.message });
    return error.message || error.kind;
  }
  return error instanceof Error ? error.message : String(error);
}
