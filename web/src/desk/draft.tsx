// From rules to a draft: who asks, why and from when on; what it will do in sentences; then up for approval.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { language, t } from "../words";
import { ask } from "./dialog";
import { Lines } from "./lines";
import { given, note, trouble } from "./rules";
import { part, said, send, session } from "./session";
import { open } from "./waiting";
import { utc } from "./words";

type DraftFile = Schemas["DraftFile"];
type Kind = "text" | "number" | "datetime-local";

const draft = signal<DraftFile | null>(null);
/** The rules that the draft is of: what was written since is not in it. */
const draftOf = signal("");

export function DraftForm() {
  const [kind, setKind] = useState("");
  const [stages, setStages] = useState(0);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  if (session.value?.log == null) return null;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const word = (name: string): string => String(form.get(name) ?? "").trim();
    const begins = utc(word("effective_at"));
    const later = Array.from({ length: stages }, (_, k) => ({
      share: Number(word(`share${k}`)) / 100,
      at: k ? utc(word(`at${k}`)) : begins,
    }));
    const last = later.length ? [{ share: 1, at: utc(word("whole")) }] : [];
    setBusy(true);
    setWrong("");
    draft.value = null;
    try {
      draft.value = await send<DraftFile>("/v1/draft-files", {
        ...given(),
        requester: word("requester"),
        reason: word("reason"),
        basis: word("basis"),
        effective_at: begins,
        emergency: kind,
        ...(kind ? { ends_at: utc(word("ends_at")) } : {}),
        stages: kind ? [] : [...later, ...last],
        request: word("request") ? Number(word("request")) : -1,
      });
      draftOf.value = JSON.stringify(given());
    } catch (error) {
      note(error);
      trouble.value = "";
      setWrong(said(error));
    }
    setBusy(false);
  };
  return (
    <section class="desk-card" aria-labelledby="desk-draft">
      <h4 id="desk-draft">{t("desk.draft.title")}</h4>
      <form onSubmit={(event) => void submit(event)}>
        <Line name="requester" needed />
        <label class="desk-field">
          <span>{t("desk.draft.reason")}</span>
          <textarea name="reason" rows={3} maxLength={4000} required />
        </label>
        <Line name="basis" />
        <Line name="request" kind="number" />
        <Line name="effective_at" kind="datetime-local" needed />
        <label class="desk-field">
          <span>{t("desk.draft.kind")}</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="">{t("desk.draft.ordinary")}</option>
            <option value="restrict">{t("desk.draft.restrict")}</option>
            <option value="restore">{t("desk.draft.restore")}</option>
          </select>
        </label>
        {kind ? (
          <Line name="ends_at" kind="datetime-local" needed />
        ) : (
          <Stages count={stages} set={setStages} />
        )}
        <p class="faint">{t("desk.draft.does")}</p>
        <button type="submit" class="primary" disabled={busy}>
          {t("desk.draft.button")}
        </button>
        {wrong ? (
          <p class="desk-wrong" role="alert">
            {wrong}
          </p>
        ) : null}
      </form>
      {draft.value && draftOf.value === JSON.stringify(given()) ? <Shown made={draft.value} /> : null}
    </section>
  );
}

function Line({ name, kind = "text", needed = false }: { name: string; kind?: Kind; needed?: boolean }) {
  return (
    <label class="desk-field">
      <span>{t(`desk.draft.${name}`)}</span>
      <input type={kind as "text"} name={name} required={needed} maxLength={4000} autocomplete="off" />
    </label>
  );
}

function Stages({ count, set }: { count: number; set: (to: number) => void }) {
  return (
    <fieldset class="desk-files">
      <legend>{t("desk.draft.stages")}</legend>
      {count ? null : <p class="faint">{t("desk.draft.nostages")}</p>}
      {Array.from({ length: count }, (_, k) => (
        <div key={k} class="desk-stage">
          <label>
            {t("desk.draft.share")} <input type="number" name={`share${k}`} min="1" max="99" required />
          </label>
          {k ? (
            <label>
              {t("desk.draft.from")} <input type="datetime-local" name={`at${k}`} required />
            </label>
          ) : (
            <span class="faint">{t("desk.draft.first")}</span>
          )}
        </div>
      ))}
      {count ? (
        <label>
          {t("desk.draft.whole")} <input type="datetime-local" name="whole" required />
        </label>
      ) : null}
      <div class="desk-buttons">
        <button type="button" onClick={() => set(count + 1)} disabled={count > 8}>
          {t("desk.draft.addstage")}
        </button>
        {count ? (
          <button type="button" onClick={() => set(count - 1)}>
            {t("desk.draft.dropstage")}
          </button>
        ) : null}
      </div>
    </fieldset>
  );
}

function Shown({ made }: { made: DraftFile }) {
  const lines = made.said[language.value] ?? [];
  return (
    <div role="status">
      <h5>{t("desk.draft.shown")}</h5>
      <Lines lines={lines} testId="draft" />
      <p>
        {t("desk.draft.hash")} <code class="desk-hash">{made.change}</code>
      </p>
      <button type="button" class="primary" onClick={() => putUp(made)}>
        {t("desk.putup")}
      </button>
    </div>
  );
}

function putUp(made: DraftFile): void {
  ask({
    title: t("desk.putup"),
    lines: [t("desk.putup.does"), t("desk.putup.after")],
    confirm: t("desk.putup"),
    act: async () => {
      await send("/v1/changes", made.file);
      open.value = made.change;
      draft.value = null;
      part.value = "waiting";
    },
  });
}
