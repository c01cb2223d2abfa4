// Requests from outside as the log has them: who asked for what, on whose behalf, and what it was answered.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Schemas, get } from "../api/client";
import { counted, language, moment, t } from "../words";
import { ask } from "./dialog";
import { clear } from "./draw";
import { Lines } from "./lines";
import { said, send, session, writes } from "./session";
import { word } from "./words";

type Request = Schemas["RequestSaid"];

const found = signal<readonly Request[]>([]);
const wrong = signal("");
const loaded = signal(false);
const ANSWERS = ["granted", "refused", "in part", "none yet"] as const;

async function load(): Promise<void> {
  try {
    found.value = (await get<Schemas["RequestsSaid"]>("/v1/requests", { lang: language.value })).requests;
    wrong.value = "";
  } catch (error) {
    wrong.value = said(error);
  }
  loaded.value = true;
}

export function Requests() {
  useEffect(clear, []);
  useEffect(() => void load(), [language.value]);
  const waiting = found.value.filter((each) => each.open);
  const rest = found.value.filter((each) => !each.open);
  return (
    <section aria-labelledby="desk-requests">
      <h3 id="desk-requests">{t("desk.part.requests")}</h3>
      <p class="faint">{t("desk.requests.about")}</p>
      {wrong.value ? (
        <p class="desk-wrong" role="alert">
          {wrong.value}
        </p>
      ) : null}
      <h4>{loaded.value ? counted("desk.requests.open", waiting.length) : t("common.loading")}</h4>
      {waiting.map((each) => (
        <Card key={each.index} it={each} />
      ))}
      <h4>{counted("desk.requests.answered", rest.length)}</h4>
      {rest.map((each) => (
        <Card key={each.index} it={each} />
      ))}
    </section>
  );
}

function Card({ it }: { it: Request }) {
  return (
    <article class="desk-card" aria-label={t("desk.requests.entry", { index: String(it.index) })}>
      <h5 class="desk-words">
        {it.who}{" "}
        <span class={`chip ${it.open ? "warn" : "good"}`}>
          {t(it.open ? "desk.requests.waits" : "desk.requests.done")}
        </span>
      </h5>
      <Lines lines={it.said} />
      <p>
        <a href={`${it.page}?lang=${language.value}`}>
          {t("desk.requests.entry", { index: String(it.index) })}
        </a>
        {it.answers.map((each) => (
          <span key={each.index}>
            {" · "}
            <a href={`${each.page}?lang=${language.value}`}>
              {word("desk.answer", each.answer)}, {moment(each.time)}
            </a>
          </span>
        ))}
        {it.changes.map((index) => (
          <span key={index}>
            {" · "}
            <a href={`/log/${index}?lang=${language.value}`}>
              {t("desk.requests.change", { index: String(index) })}
            </a>
          </span>
        ))}
      </p>
      {writes.value && it.kind === "request" ? (
        session.value?.publishes ? (
          <button type="button" onClick={() => answer(it)}>
            {t("desk.answer.button")}
          </button>
        ) : (
          <>
            <p class="faint">{t("desk.answer.command")}</p>
            <pre class="desk-command">
              <code>{`openleo request answer ${it.index} --answer refused --by OFFICE --reason WORDS --to ${session.value?.log ?? ""}`}</code>
            </pre>
          </>
        )
      ) : null}
    </article>
  );
}

function answer(it: Request): void {
  ask({
    title: t("desk.answer.title", { index: String(it.index) }),
    lines: [t("desk.answer.does", { who: it.who }), t("desk.publish.forever")],
    fields: [
      {
        name: "answer",
        label: t("desk.answer.what"),
        kind: "choice",
        choices: ANSWERS.map((value) => ({ value, label: word("desk.answer", value) })),
      },
      { name: "by", label: t("desk.answer.by"), hint: t("desk.answer.several") },
      { name: "reason", label: t("desk.why") },
      { name: "change", label: t("desk.answer.change") },
    ],
    confirm: t("desk.answer.button"),
    act: async (values) => {
      const by = (values["by"] ?? "").split(";").map((each) => each.trim());
      const { answer: given, reason, change } = values;
      await send(`/v1/requests/${it.index}/answers`, {
        answer: given,
        by: by.filter(Boolean),
        reason,
        change,
      });
      await load();
    },
  });
}
