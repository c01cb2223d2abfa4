// A change of rules from its text over a dry run to a draft: each step shows what it would do before the next.
import { useEffect, useRef } from "preact/hooks";
import { counted, t } from "../words";
import { DraftForm } from "./draft";
import { clear, drawDryRun } from "./draw";
import { DryRunResult } from "./dryrun";
import { flyOver, placesOf } from "./flying";
import {
  base,
  begin,
  busy,
  changed,
  dry,
  faults,
  files,
  forget,
  mode,
  states,
  text,
  trouble,
  tryOut,
} from "./rules";
import { session } from "./session";
import { utc } from "./words";
import { cellsStatic } from "../map/overlays";

const LARGEST = 1 << 23;

export function ChangeDesk() {
  useEffect(() => void begin(), []);
  useEffect(() => {
    if (dry.value) drawDryRun(dry.value, states.value, mode.value);
    else clear();
  }, [dry.value, states.value, mode.value, cellsStatic.value]);
  useEffect(() => {
    if (dry.value) flyOver(placesOf(dry.value));
  }, [dry.value]);
  return (
    <section aria-labelledby="desk-change">
      <h3 id="desk-change">{t("desk.part.change")}</h3>
      <p class="faint">
        {base.value
          ? t(base.value.in_force ? "desk.change.about" : "desk.change.coming", { name: base.value.name })
          : trouble.value || t("common.loading")}
      </p>
      <Editor />
      <Files />
      <TryOut />
      {dry.value ? <DryRunResult dry={dry.value} /> : null}
      {dry.value ? <DraftForm /> : null}
      {session.value?.log === null ? <p class="faint">{t("desk.change.nolog")}</p> : null}
    </section>
  );
}

function Editor() {
  const area = useRef<HTMLTextAreaElement>(null);
  const goTo = (line: number): void => {
    const box = area.current;
    if (!box) return;
    const from =
      text.value
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const end = text.value.indexOf("\n", from);
    box.focus();
    box.setSelectionRange(from, end < 0 ? text.value.length : end);
    box.scrollTop = (line - 4) * Number.parseFloat(getComputedStyle(box).lineHeight);
  };
  return (
    <>
      <label class="desk-field">
        <span>{t("desk.change.text")}</span>
        <textarea
          ref={area}
          class="desk-editor"
          value={text.value}
          onInput={(event) => ((text.value = event.currentTarget.value), forget())}
          spellcheck={false}
          autocapitalize="off"
          rows={16}
          aria-describedby="desk-faults"
          aria-invalid={faults.value.length > 0}
        />
      </label>
      <div id="desk-faults" role="status">
        {faults.value.length ? (
          <>
            <p class="desk-wrong">{counted("desk.change.faults", faults.value.length)}</p>
            <ol class="desk-faults">
              {faults.value.map((each) => (
                <li key={each.text}>
                  {each.line !== null ? (
                    <button type="button" class="desk-row" onClick={() => goTo(each.line ?? 1)}>
                      {t("desk.change.line", { line: String(each.line) })}
                    </button>
                  ) : null}{" "}
                  {each.text}
                </li>
              ))}
            </ol>
          </>
        ) : trouble.value ? (
          <p class="desk-wrong">{trouble.value}</p>
        ) : null}
      </div>
    </>
  );
}

function Files() {
  const add = async (input: HTMLInputElement): Promise<void> => {
    const next = { ...files.value };
    for (const file of input.files ?? []) {
      if (file.size > LARGEST) trouble.value = t("desk.change.large", { name: file.name });
      else next[file.name] = await file.text();
    }
    input.value = "";
    files.value = next;
    forget();
  };
  const remove = (name: string): void => {
    files.value = Object.fromEntries(Object.entries(files.value).filter(([each]) => each !== name));
    forget();
  };
  return (
    <fieldset class="desk-files">
      <legend>{t("desk.change.files")}</legend>
      {Object.keys(files.value).length ? (
        <ul class="desk-list">
          {Object.entries(files.value).map(([name, content]) => (
            <li key={name} class="desk-words">
              <code>{name}</code>{" "}
              <span class="faint">{t("desk.change.size", { bytes: content.length })}</span>{" "}
              <button
                type="button"
                onClick={() => remove(name)}
                aria-label={t("desk.change.remove", { name })}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <label>
        {t("desk.change.add")}{" "}
        <input
          type="file"
          accept=".geojson,.json,application/geo+json"
          multiple
          onChange={(event) => void add(event.currentTarget)}
        />
      </label>
    </fieldset>
  );
}

function TryOut() {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    void tryOut(form.get("capacity") === "on", utc(String(form.get("at") ?? "")));
  };
  return (
    <form class="desk-try" onSubmit={submit}>
      <label class="desk-field">
        <span>{t("desk.try.at")}</span>
        <input type="datetime-local" name="at" />
      </label>
      <label class="desk-check">
        <input type="checkbox" name="capacity" /> {t("desk.try.capacity")}
      </label>
      <div class="desk-buttons">
        <button type="button" disabled={!changed()} onClick={() => void begin(true)}>
          {t("desk.change.undo")}
        </button>
        <button type="submit" class="primary" disabled={busy.value || !text.value}>
          {t("desk.try.button")}
        </button>
      </div>
      <p class="faint" role="status">
        {busy.value ? t("desk.try.busy") : t("desk.try.does")}
      </p>
    </form>
  );
}
