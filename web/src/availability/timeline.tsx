// The time line: bars for what was said, a lane for each of licence, service and sales, and marks for events.
import { stateWord } from "../place/names";
import { day, language, t } from "../words";
import type { Item, Said, Span } from "./history";
import { stateKey } from "./states";
import { spanOf } from "./times";

const TOPICS = ["licence", "service", "sales"] as const;
const DAY_MS = 86_400_000;
/** Marks nearer to each other than this share of the line stand as one. */
const APART = 0.035;
const TICKS = 3;

interface Scale {
  from: number;
  to: number;
  /** The place of an instant, in per cent. */
  at: (ms: number) => number;
}

export function TimeLine({
  said,
  items,
  onPick,
}: {
  said: Said;
  items: readonly Item[];
  onPick: (id: string) => void;
}) {
  const scale = scaleOf(said);
  const topics = TOPICS.filter((topic) => topic !== "sales" || said.spans.some((span) => span.sales));
  const beside = said.spans.some((span) => span.beside?.length);
  const idOf = new Map(items.filter((each) => each.span).map((each) => [each.span!, each.id]));
  const now = scale.at(ms(said.at));
  return (
    <div class="av-timeline" role="group" aria-label={t("availability.history.line", { name: said.region })}>
      {topics.map((topic) => (
        <div key={topic} class="av-lane">
          <span class="av-lane-name">{t(`common.${topic}`)}</span>
          <div class="av-track">
            <Now at={now} />
            {said.spans.map((span) => (
              <Bar key={idOf.get(span)} span={span} scale={scale} word={span[topic]} topic={topic} />
            ))}
          </div>
        </div>
      ))}
      {beside ? (
        <div class="av-lane">
          <span class="av-lane-name">{t("availability.history.beside")}</span>
          <div class="av-track">
            <Now at={now} />
            {said.spans
              .filter((span) => span.beside?.length)
              .map((span) => (
                <Bar
                  key={idOf.get(span)}
                  span={span}
                  scale={scale}
                  word={span.beside!.map((each) => each.name).join(", ")}
                  topic=""
                />
              ))}
          </div>
        </div>
      ) : null}
      {said.events.length ? <Marks items={items} scale={scale} now={now} onPick={onPick} /> : null}
      <div class="av-lane av-ticks" aria-hidden="true">
        <span class="av-lane-name" />
        <div class="av-track">
          {ticksOf(scale).map((tick) => (
            <span key={tick} class="av-tick" style={{ left: `${scale.at(tick)}%` }}>
              {dateOf(tick, scale)}
            </span>
          ))}
          <span class="av-tick av-now-word" style={{ left: `${now}%` }}>
            {t("availability.history.now")}
          </span>
        </div>
      </div>
    </div>
  );
}

function Now({ at }: { at: number }) {
  return <span class="av-now" aria-hidden="true" style={{ left: `${at}%` }} />;
}

/** One span in one lane; the list below says the same in words. */
function Bar({ span, scale, word, topic }: { span: Span; scale: Scale; word: string | null; topic: string }) {
  const left = span.begins ? scale.at(ms(span.begins)) : 0;
  const right = span.until ? scale.at(ms(span.until)) : 100;
  const said = word ? (topic ? stateWord(topic, word) : word) : t("common.none");
  const classes = [
    "av-bar",
    word ? `av-is-${topic || "beside"}-${topic ? stateKey(word) : "any"}` : "av-is-nothing",
  ];
  if (span.pending) classes.push("av-pending");
  if (span.emergency) classes.push("av-emergency");
  if (!span.begins) classes.push("av-from-ever");
  if (!span.until) classes.push("av-for-ever");
  return (
    <span
      class={classes.join(" ")}
      aria-hidden="true"
      title={`${said}, ${spanOf(span.begins, span.until)}`}
      style={{ left: `${left}%`, width: `${Math.max(0.6, right - left)}%` }}
    >
      {said}
    </span>
  );
}

/** Events as buttons: one takes the reader to its line in the list. */
function Marks({
  items,
  scale,
  now,
  onPick,
}: {
  items: readonly Item[];
  scale: Scale;
  now: number;
  onPick: (id: string) => void;
}) {
  const groups: { at: number; items: Item[] }[] = [];
  for (const each of items.filter((item) => item.event).reverse()) {
    const at = scale.at(ms(each.event!.at));
    const last = groups.at(-1);
    if (last && at - last.at < APART * 100) last.items.push(each);
    else groups.push({ at, items: [each] });
  }
  return (
    <div class="av-lane av-marks">
      <span class="av-lane-name">{t("availability.history.events")}</span>
      <div class="av-track">
        <Now at={now} />
        {groups.map((group) => {
          const words = group.items
            .map((each) => `${t(`availability.event.${stateKey(each.event!.what)}`)}, ${day(each.event!.at)}`)
            .join("; ");
          return (
            <button
              key={group.items[0]!.id}
              type="button"
              class={group.items.some(isEmergency) ? "av-mark av-emergency" : "av-mark"}
              style={{ left: `${group.at}%` }}
              aria-label={group.items.length > 1 ? `${group.items.length}: ${words}` : words}
              title={words}
              onClick={() => onPick(group.items[0]!.id)}
            >
              {group.items.length > 1 ? group.items.length : ""}
            </button>
          );
        })}
      </div>
    </div>
  );
}

function isEmergency(it: Item): boolean {
  return it.event?.what === "emergency";
}

function ms(time: string): number {
  return new Date(time).getTime();
}

/** From the first date that is known to the last one, now among them, with room for what goes on. */
function scaleOf(said: Said): Scale {
  const known = [
    ms(said.at),
    ...said.events.map((event) => ms(event.at)),
    ...said.spans.flatMap((span) => [span.begins, span.until].filter((each) => each !== null).map(ms)),
  ];
  const [first, last] = [Math.min(...known), Math.max(...known)];
  const room = Math.max((last - first) * 0.08, last === first ? 30 * DAY_MS : 0);
  const [from, to] = [first - room, last + room];
  return { from, to, at: (time) => (100 * (time - from)) / (to - from) };
}

function ticksOf({ from, to }: Scale): number[] {
  return Array.from({ length: TICKS }, (_, k) => from + ((to - from) * (k + 0.5)) / TICKS);
}

/** A date, with the time of day where the whole line is short. */
function dateOf(time: number, { from, to }: Scale): string {
  const short = to - from < 4 * DAY_MS;
  return new Intl.DateTimeFormat(language.value, {
    timeZone: "UTC",
    ...(short
      ? { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }
      : { year: "numeric", month: "short", day: "numeric" }),
  }).format(time);
}
