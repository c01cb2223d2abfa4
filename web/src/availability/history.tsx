// The history of a region: a time line, and the same as a list, with the entries of the log that say so.
import { useRef } from "preact/hooks";
import { get, type Schemas } from "../api/client";
import { useAsked } from "../place/asked";
import { StateChip } from "../place/states";
import { known, language, t } from "../words";
import { EntryLink } from "./marks";
import { saidOf, stateKey } from "./states";
import { TimeLine } from "./timeline";
import { spanOf, when } from "./times";

export type Said = Schemas["History"];
export type Span = Said["spans"][number];
export type Happened = Said["events"][number];

/** A line of the list: a span or an event, and what stands for it on the time line. */
export interface Item {
  id: string;
  at: string;
  span?: Span;
  event?: Happened;
}

export function History({ name, digest }: { name: string; digest: string }) {
  const lang = language.value;
  const asked = useAsked<Said>(`history ${name} ${lang}`, digest, (signal) =>
    get(`/v1/regions/${encodeURIComponent(name)}/history`, { lang }, { signal }),
  );
  const list = useRef<HTMLOListElement>(null);
  const it = asked.value;
  if (asked.problem && !it)
    return asked.problem.status === 404 ? null : <p role="alert">{asked.problem.message}</p>;
  if (!it) return <p role="status">{t("common.loading")}</p>;
  const items = itemsOf(it);
  const show = (id: string): void => {
    const line = list.current?.querySelector<HTMLElement>(`#${id}`);
    line?.scrollIntoView({ block: "nearest" });
    line?.focus({ preventScroll: true });
  };
  return (
    <section class="av-history">
      <h3>{t("availability.history")}</h3>
      {it.log === null ? <p class="faint">{t("availability.history.file")}</p> : null}
      <TimeLine said={it} items={items} onPick={show} />
      <h4>{t("availability.history.list")}</h4>
      {it.left_out ? <p>{t("availability.history.left_out", { count: it.left_out })}</p> : null}
      <ol class="av-events" ref={list}>
        {items.map((each) => (
          <li key={each.id} id={each.id} tabIndex={-1} class={each.span?.pending ? "av-pending" : ""}>
            {each.span ? <SpanItem it={each.span} /> : <EventItem it={each.event!} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Spans and events together, the newest first. */
function itemsOf(it: Said): Item[] {
  const spans = it.spans.map((span, k): Item => ({ id: `history-span-${k}`, at: span.begins ?? "", span }));
  const events = it.events.map((event, k): Item => ({ id: `history-event-${k}`, at: event.at, event }));
  return [...spans, ...events].sort((a, b) => time(b) - time(a));
}

function time(it: Item): number {
  return it.at ? new Date(it.at).getTime() : -Infinity;
}

function SpanItem({ it }: { it: Span }) {
  const topics = (["licence", "service", "sales"] as const).filter((topic) => it[topic]);
  return (
    <>
      <p class="av-when">
        <strong>{spanOf(it.begins, it.until)}</strong> <SpanTags it={it} />
        {it.entry !== null ? (
          <EntryLink entry={it.entry} words={t("availability.history.entry", { entry: String(it.entry) })} />
        ) : null}
      </p>
      <p class="av-said">
        {it.said_of && topics.length
          ? topics.map((topic) => (
              <span key={topic} class="av-said-one">
                {t("availability.label", { what: t(`common.${topic}`) })}{" "}
                <StateChip topic={topic} state={it[topic]!} />
              </span>
            ))
          : t(it.said_of ? "availability.region.nothing" : "availability.history.nothing")}
        {it.hours.length ? (
          <span class="faint"> {t("availability.region.hours", { hours: it.hours.join(", ") })}</span>
        ) : null}
      </p>
      {it.decision ? <blockquote>{it.decision}</blockquote> : null}
      <Besides it={it} />
      <Words lines={it.said} />
    </>
  );
}

function SpanTags({ it }: { it: Span }) {
  const said = [
    it.pending && t("availability.history.pending"),
    it.emergency && t("availability.history.emergency"),
    it.stage !== null && t("availability.history.stage", { number: it.stage }),
  ].filter((each): each is string => Boolean(each));
  return (
    <>
      {said.map((each) => (
        <span key={each} class="chip warn">
          {each}
        </span>
      ))}{" "}
    </>
  );
}

/** What other regions said over the same place at that time. */
function Besides({ it }: { it: Span }) {
  if (it.entry === null || it.beside?.length === 0) return null;
  if (it.beside === null) return <p class="faint">{t("availability.history.beside.unknown")}</p>;
  return (
    <p class="faint">
      {t("availability.label", { what: t("availability.history.beside") })}{" "}
      {it.beside
        .map((each) => {
          const said = [
            each.licence && saidOf("licence", each.licence),
            each.service && saidOf("service", each.service),
          ].filter(Boolean);
          return said.length ? `${each.name} (${said.join(", ")})` : each.name;
        })
        .join("; ")}
    </p>
  );
}

function EventItem({ it }: { it: Happened }) {
  const key = it.state ? `availability.became.${stateKey(it.state)}` : "";
  return (
    <>
      <p class="av-when">
        <strong>{when(it.at)}</strong>{" "}
        <span class="chip">{t(`availability.event.${stateKey(it.what)}`)}</span>{" "}
        <EntryLink entry={it.entry} words={t("availability.history.entry", { entry: String(it.entry) })} />
      </p>
      <p>{it.said[0]}</p>
      {key ? (
        <p class="faint">{t("availability.history.state", { state: known(key) ? t(key) : it.state! })}</p>
      ) : null}
      <Words lines={it.said.slice(1)} />
    </>
  );
}

/** Sentences as the server has them, in the page's language; people's own words as they are. */
function Words({ lines }: { lines: readonly string[] }) {
  if (!lines.length) return null;
  return (
    <details>
      <summary>{t("availability.history.words")}</summary>
      {lines.map((line, k) => (
        <p key={k}>{line}</p>
      ))}
    </details>
  );
}
