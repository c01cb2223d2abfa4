// Whom to trust: the policy that the server gives, or one of the person's own, with the keys in it.
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { t } from "../words";
import { keepsPolicy, ownPolicy, takePolicy } from "./memory";
import { Wrong } from "./verify/bytes";
import { NONE, type Policy, parsePolicy } from "./verify/policy";
import { policyInUse } from "./verifying";

export function TrustCard() {
  const [found, setFound] = useState<{ text: string; policy: Policy } | null>(null);
  const [wrong, setWrong] = useState("");
  const own = ownPolicy.value !== null;
  useEffect(() => {
    const ended = new AbortController();
    policyInUse(ended.signal)
      .then((each) => (setFound(each), setWrong("")))
      .catch((error: unknown) => ended.signal.aborted || setWrong(said(error)));
    return () => ended.abort();
  }, [ownPolicy.value]);
  return (
    <section class="ledger-card ledger-trust" aria-labelledby="ledger-trust">
      <h3 id="ledger-trust">{t("ledger.trust")}</h3>
      <p>
        <span class={`chip ${own ? "good" : "warn"}`}>
          {t(own ? "ledger.trust.own" : "ledger.trust.server")}
        </span>
      </p>
      {own ? null : <p>{t("ledger.trust.warning")}</p>}
      {wrong ? (
        <p class="ledger-bad" role="alert">
          {wrong}
        </p>
      ) : null}
      {found ? <Keys policy={found.policy} /> : null}
      <Own text={found?.text ?? ""} />
    </section>
  );
}

function Keys({ policy }: { policy: Policy }) {
  const rows = [
    ...policy.logs.map((key) => ({ key, role: t("ledger.trust.log") })),
    ...[...policy.witnesses].map(([name, key]) => ({ key, role: t("ledger.trust.witness", { name }) })),
  ];
  return (
    <details>
      <summary>{t("ledger.trust.keys", { count: rows.length })}</summary>
      <ul class="ledger-keys">
        {rows.map(({ key, role }) => (
          <li key={key.vkey}>
            {role}: <span class="ledger-break">{key.name}</span>, {t("ledger.trust.id")} <code>{key.id}</code>
            <br />
            <code class="ledger-break faint">{key.vkey}</code>
          </li>
        ))}
      </ul>
      <p>
        {policy.quorum === NONE
          ? t("ledger.trust.noquorum")
          : t("ledger.trust.quorum", { words: quorum(policy) })}
      </p>
    </details>
  );
}

/** Which witnesses a policy asks for: "w1", or "2 of w1, w2, w3". */
function quorum(policy: Policy, name: string = policy.quorum): string {
  const group = policy.groups.get(name);
  if (!group) return name;
  const members = group.members.map((each) => (policy.groups.has(each) ? `(${quorum(policy, each)})` : each));
  return t("ledger.trust.of", { least: group.least, members: members.join(", ") });
}

function Own({ text }: { text: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [kept, setKept] = useState(keepsPolicy());
  const [wrong, setWrong] = useState("");
  const take = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      await parsePolicy(typed ?? text);
      takePolicy(typed ?? text, kept);
      setWrong("");
    } catch (error) {
      setWrong(said(error));
    }
  };
  return (
    <details>
      <summary>{t("ledger.trust.mine")}</summary>
      <form onSubmit={(event) => void take(event)}>
        <p id="ledger-policy-about">{t("ledger.trust.how")}</p>
        <label class="ledger-block">
          <span>{t("ledger.trust.text")}</span>
          <textarea
            rows={6}
            spellcheck={false}
            aria-describedby="ledger-policy-about"
            value={typed ?? text}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label class="ledger-check">
          <input type="checkbox" checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
          <span>{t("ledger.trust.keep")}</span>
        </label>
        <p class="ledger-buttons">
          <button type="submit">{t("ledger.trust.use")}</button>
          {ownPolicy.value !== null ? (
            <button type="button" onClick={() => (takePolicy(null, false), setTyped(null), setKept(false))}>
              {t("ledger.trust.back")}
            </button>
          ) : null}
        </p>
        {wrong ? (
          <p class="ledger-bad" role="alert">
            {wrong}
          </p>
        ) : null}
      </form>
    </details>
  );
}

/** What was wrong, in the page's words. */
export function said(error: unknown): string {
  if (error instanceof Wrong) {
    const line = error.values["at"];
    const words = t(`ledger.${error.key}`, error.values);
    return line === undefined ? words : t("ledger.wrong.line", { at: line, words });
  }
  if (error instanceof Problem) return error.gone ? t("ledger.unread") : error.message || t("ledger.unread");
  throw error;
}
