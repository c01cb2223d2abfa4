// What every card has: a heading that takes the focus, a button that closes it, loading and trouble said.
import type { ComponentChildren } from "preact";
import { pick } from "../state";
import { t } from "../words";
import type { Asked } from "./asked";

/** What stands between facts on one line. */
export const DOT = " · ";

/** A card with its heading. `busy`: something newer is on its way. */
export function Card(props: {
  title: string;
  under?: ComponentChildren;
  busy: boolean;
  children: ComponentChildren;
}) {
  return (
    <article class="place-card" aria-busy={props.busy}>
      <div class="card-head">
        <h2 id="card-heading" tabIndex={-1}>
          {props.title}
        </h2>
        <button type="button" class="close" onClick={() => pick(null)} aria-label={t("place.close")}>
          <span aria-hidden="true">×</span>
        </button>
      </div>
      {props.under ? <p class="under">{props.under}</p> : null}
      {props.children}
    </article>
  );
}

/** Lines that stand for what is not there yet. */
export function Skeleton() {
  return (
    <div class="place-skeleton">
      <p class="visually-hidden" role="status">
        {t("common.loading")}
      </p>
      <span />
      <span />
      <span />
    </div>
  );
}

/** What the server did not answer, with a button that asks again; nothing where all is well. */
export function Trouble({ of }: { of: Asked<unknown> }) {
  const problem = of.problem;
  if (!problem) return null;
  const words = problem.gone
    ? t("place.trouble.gone")
    : problem.status === 410
      ? t("place.trouble.410", { detail: problem.message })
      : problem.status === 503
        ? t("place.trouble.503", { detail: problem.message })
        : t("place.trouble", { detail: problem.message });
  return (
    <div class="place-trouble" role="alert">
      <p>
        {words} {of.value !== null ? t("place.trouble.old") : ""}
      </p>
      <button type="button" onClick={of.retry}>
        {t("common.retry")}
      </button>
    </div>
  );
}
