// Texts beside the log that an entry names: read on demand, and shown only where their hash is their name.
import { useState } from "preact/hooks";
import { number, t } from "../words";
import { said } from "./trust";
import { fromUtf8, hex, sha256 } from "./verify/bytes";
import { logFile } from "./verifying";

interface Named {
  readonly object: string;
  readonly size: number;
  readonly media: string;
}

/** Bytes before the content: a salt in hexadecimal digits, and a newline. */
const HEAD = 65;
const LONGEST = 50_000;

export function Texts({ entry }: { entry: unknown }) {
  const named = objectsIn(entry);
  if (!named.length) return null;
  return (
    <>
      <h4>{t("ledger.texts")}</h4>
      <ul>
        {named.map((each) => (
          <One key={each.object} named={each} />
        ))}
      </ul>
    </>
  );
}

function One({ named }: { named: Named }) {
  const [shown, setShown] = useState<{ text: string; cut: boolean } | null>(null);
  const [wrong, setWrong] = useState("");
  const show = async (): Promise<void> => {
    try {
      const raw = await logFile(`object/${named.object}`);
      if (raw === null) return setWrong(t("ledger.texts.gone"));
      if (hex(await sha256(raw)) !== named.object) return setWrong(t("ledger.texts.other"));
      const text = fromUtf8(raw.slice(HEAD));
      if (text === null) return setWrong(t("ledger.texts.binary"));
      setShown({ text: text.slice(0, LONGEST), cut: text.length > LONGEST });
    } catch (error) {
      setWrong(said(error));
    }
  };
  return (
    <li>
      <code>{named.object.slice(0, 12)}…</code>, {named.media},{" "}
      {t("ledger.texts.bytes", { bytes: number(named.size) })}{" "}
      {shown ? null : (
        <button type="button" onClick={() => void show()}>
          {t("ledger.texts.show")}
        </button>
      )}
      <div aria-live="polite">
        {wrong ? <p class="ledger-bad">{wrong}</p> : null}
        {shown ? (
          <>
            <p class="faint">{t(shown.cut ? "ledger.texts.cut" : "ledger.texts.right")}</p>
            <pre class="ledger-code" tabIndex={0}>
              {shown.text}
            </pre>
          </>
        ) : null}
      </div>
    </li>
  );
}

/** The objects that an entry names: JSON objects with exactly the members object, size and media. */
function objectsIn(value: unknown): Named[] {
  if (value === null || typeof value !== "object") return [];
  const members = value as Record<string, unknown>;
  if (Object.keys(members).sort().join() === "media,object,size") {
    const { object, size, media } = members;
    const right = typeof object === "string" && /^[0-9a-f]{64}$/.test(object);
    return right && typeof size === "number" && typeof media === "string" ? [{ object, size, media }] : [];
  }
  return Object.values(members).flatMap(objectsIn);
}
