// The desk of operators, auditors and approvers: whoever shows a token, and what they may look at and do.
import { useEffect } from "preact/hooks";
import { moment, t } from "../words";
import { ChangeDesk } from "./change";
import { Dialog } from "./dialog";
import { clear } from "./draw";
import { Findings } from "./findings";
import { forgetFindings } from "./found";
import { Requests } from "./requests";
import { dry } from "./rules";
import { type Part, part, reads, refusal, resume, session, signIn, signOut, writes } from "./session";
import { Terminals, forgetTerminals } from "./terminals";
import { Waiting } from "./waiting";
import "./desk.css";

export function DeskPanel() {
  useEffect(() => {
    void resume();
    return clear;
  }, []);
  useEffect(() => {
    if (session.value) return;
    clear();
    forgetFindings();
    forgetTerminals();
    dry.value = null;
  }, [session.value]);
  return (
    <section class="desk">
      <h2>{t("common.tab.desk")}</h2>
      {session.value ? <Signed /> : <SignIn />}
      <Dialog />
    </section>
  );
}

function SignIn() {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    void signIn(String(form.get("token") ?? ""), form.get("keep") === "on");
  };
  return (
    <form class="desk-signin" onSubmit={submit}>
      <p>{t("desk.signin.about")}</p>
      <label class="desk-field">
        <span>{t("desk.signin.token")}</span>
        <input type="password" name="token" required autocomplete="off" spellcheck={false} />
      </label>
      <p class="faint">
        {t("desk.signin.where")} <code>openleo serve token --name NAME</code>
      </p>
      <label class="desk-check">
        <input type="checkbox" name="keep" /> {t("desk.signin.keep")}
      </label>
      <button type="submit" class="primary">
        {t("desk.signin.enter")}
      </button>
      {refusal.value ? (
        <p class="desk-wrong" role="alert">
          {refusal.value}
        </p>
      ) : null}
    </form>
  );
}

function Signed() {
  const who = session.value;
  if (!who) return null;
  const parts: Part[] = reads.value ? ["findings", "terminals"] : [];
  if (writes.value) parts.push("change");
  if (who.log !== null) parts.push("waiting");
  if (who.log !== null) parts.push("requests");
  const shown = parts.includes(part.value) ? part.value : parts[0];
  return (
    <>
      <div class="desk-who">
        <p>
          {t("desk.who", { role: t(`desk.role.${who.role}`), name: who.name })}
          <br />
          <span class="faint">
            {t("desk.until", { time: who.ends ? moment(who.ends) : t("common.none") })}
          </span>
        </p>
        <button type="button" onClick={signOut}>
          {t("desk.signout")}
        </button>
      </div>
      <nav class="desk-parts" aria-label={t("desk.parts")}>
        {parts.map((each) => (
          <button
            key={each}
            type="button"
            aria-current={each === shown ? "page" : undefined}
            class="tab"
            onClick={() => (clear(), (part.value = each))}
          >
            {t(`desk.part.${each}`)}
          </button>
        ))}
      </nav>
      {shown === "findings" ? <Findings /> : null}
      {shown === "terminals" ? <Terminals /> : null}
      {shown === "change" ? <ChangeDesk /> : null}
      {shown === "waiting" ? <Waiting /> : null}
      {shown === "requests" ? <Requests /> : null}
      {parts.length ? null : <p>{t("desk.nothing")}</p>}
    </>
  );
}
