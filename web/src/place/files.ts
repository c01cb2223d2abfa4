// Files that the page writes: CSV as RFC 4180 has it, with formulas disarmed, and how a file is handed over.

type Cell = string | number;

/** Rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function cell(value: Cell): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of text that stays one field: what a comment line of a CSV file may hold. */
export function oneLine(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replaceAll(",", ";")
    .replaceAll('"', "'");
}

/** Hand a file to the person. */
export function save(name: string, media: string, parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: media }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A text as part of a file's name. */
export function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "x"
  );
}
