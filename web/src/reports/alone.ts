// A server that shows reports and no network: its page opens on them, unless the address asks for something else.
import { effect } from "@preact/signals";
import { get } from "../api/client";
import { about, tab } from "../state";
import { language } from "../words";
import type { Cases } from "./says";

/** To be called once, before the state is written into the address. */
export function openWhereAlone(): void {
  if (location.hash.length > 1) return;
  const stop = effect(() => {
    const shown = about.value;
    if (shown === null) return;
    queueMicrotask(() => stop());
    if (shown.source === "none") void look();
  });
}

async function look(): Promise<void> {
  try {
    const found = await get<Cases>("/v1/reports", { lang: language.peek() });
    if (found.register && tab.peek() === "map") tab.value = "reports";
  } catch {
    // the page stays where it is; the panel says what is wrong once it is opened
  }
}
