// Where in a case one looks: a claim, or the words of a document, and the focus that goes with it.
import { batch } from "@preact/signals";
import { reportCase, reportClaim, reportDocument } from "../state";

const EDGE_PX = 14;

/** What shall have the focus once it is drawn, where the address alone does not say it. */
let wanted: string | null = null;

export function litId(document: string, claim: number, answer = false): string {
  return `lit-${document}-${claim}${answer ? "-answer" : ""}`;
}

export function cellId(document: string, claim: number): string {
  return `cell-${claim}-${document}`;
}

export function claimId(claim: number): string {
  return `claim-${claim}`;
}

export function documentId(document: string): string {
  return `document-${document}`;
}

export function answersId(claim: number): string {
  return `answers-${claim}`;
}

/** Open a case, or the list of them. */
export function openCase(name: string | null): void {
  batch(() => {
    reportCase.value = name;
    reportClaim.value = null;
    reportDocument.value = null;
  });
}

/** Go to a claim; `at` names what of it has the focus. */
export function toClaim(claim: number, at: string = claimId(claim)): void {
  wanted = at;
  batch(() => {
    reportClaim.value = claim;
    reportDocument.value = null;
  });
  if (wanted !== null) arrive(); // the address says so already
}

/** Go to a document, to the words of a claim where one is given. */
export function toDocument(document: string, claim: number | null = null, answer = false): void {
  wanted = claim === null ? documentId(document) : litId(document, claim, answer);
  batch(() => {
    reportClaim.value = claim;
    reportDocument.value = document;
  });
  if (wanted !== null) arrive();
}

/** Look at what the address says, once a case is there. */
export function arrive(): void {
  const [claim, document] = [reportClaim.peek(), reportDocument.peek()];
  const ids = [wanted];
  wanted = null;
  if (document !== null) {
    if (claim !== null) ids.push(litId(document, claim), litId(document, claim, true));
    ids.push(documentId(document));
  } else if (claim !== null) ids.push(claimId(claim));
  requestAnimationFrame(() => {
    for (const id of ids) {
      const found = id === null ? null : window.document.getElementById(id);
      if (!found) continue;
      show(found, id!.startsWith("lit-"));
      return;
    }
  });
}

/** Bring something of the case into sight and give it the focus; only the panel is moved. */
export function show(found: HTMLElement, middle = false): void {
  found.focus({ preventScroll: true });
  const panel = found.closest(".panel");
  if (!panel) return;
  const [all, it] = [panel.getBoundingClientRect(), found.getBoundingClientRect()];
  panel.scrollTop += it.top - all.top - (middle ? (all.height - it.height) / 2 : EDGE_PX);
}
