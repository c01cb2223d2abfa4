// A dialog before each act: it says what will be done, asks for what is needed, and nothing is sent without it.
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../words";
import { said } from "./session";

export interface Field {
  name: string;
  label: string;
  kind?: "text" | "choice";
  choices?: readonly { value: string; label: string }[];
  needed?: boolean;
  hint?: string;
}

export interface Act {
  title: string;
  /** What it will do, in sentences. */
  lines: readonly string[];
  fields?: readonly Field[];
  confirm: string;
  act: (values: Readonly<Record<string, string>>) => Promise<void>;
}

/** What is about to be done, null for nothing. */
export const about = signal<Act | null>(null);

/** Ask the person whether something is to be done; it is done only when they confirm. */
export function ask(act: Act): void {
  about.value = act;
}

export function Dialog() {
  const act = about.value;
  const box = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => {
    // before anything is painted: its words are never there without its focus
    setWrong("");
    if (act && box.current && !box.current.open) box.current.showModal();
  }, [act]);
  if (!act) return null;
  const close = (): void => box.current?.close();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const values: Record<string, string> = {};
    for (const [name, value] of new FormData(event.target as HTMLFormElement))
      values[name] = String(value).trim();
    setBusy(true);
    try {
      await act.act(values);
      close();
    } catch (error) {
      setWrong(said(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <dialog
      ref={box}
      class="desk-dialog"
      aria-labelledby="desk-dialog-title"
      onClose={() => (about.value = null)}
    >
      <form method="dialog" onSubmit={(event) => void submit(event)}>
        <h3 id="desk-dialog-title">{bare(act.title)}</h3>
        {act.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {act.fields?.map((field) => (
          <label key={field.name} class="desk-field">
            <span>{field.label}</span>
            <Input field={field} />
            {field.hint ? <small class="faint">{field.hint}</small> : null}
          </label>
        ))}
        {wrong ? (
          <p class="desk-wrong" role="alert">
            {wrong}
          </p>
        ) : null}
        <div class="desk-buttons">
          <button type="button" onClick={close}>
            {t("desk.cancel")}
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {bare(act.confirm)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** The words of a button without the dots that say that a dialog follows. */
function bare(words: string): string {
  return words.replace(/\s*…$/, "");
}

function Input({ field }: { field: Field }) {
  if (field.kind === "choice") {
    return (
      <select name={field.name} required={field.needed ?? false}>
        {field.choices?.map((each) => (
          <option key={each.value} value={each.value}>
            {each.label}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      type="text"
      name={field.name}
      required={field.needed ?? false}
      maxLength={4096}
      autocomplete="off"
    />
  );
}
