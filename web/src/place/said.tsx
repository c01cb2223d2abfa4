// Rows that cards share: the words of a decision, and since when and until when it holds.
import { moment, t } from "../words";

/** A decision in people's own words; nothing where there are none. */
export function Decision({ words }: { words: string | null | undefined }) {
  return words ? (
    <>
      <dt>{t("place.decision")}</dt>
      <dd>
        <blockquote>{words}</blockquote>
      </dd>
    </>
  ) : null;
}

/** Since when and until when something holds, each where it is stated. */
export function Holds({
  since,
  until,
}: {
  since: string | null | undefined;
  until: string | null | undefined;
}) {
  return (
    <>
      {since ? (
        <>
          <dt>{t("place.since")}</dt>
          <dd>{moment(since)}</dd>
        </>
      ) : null}
      {until ? (
        <>
          <dt>{t("place.until")}</dt>
          <dd>{moment(until)}</dd>
        </>
      ) : null}
    </>
  );
}
