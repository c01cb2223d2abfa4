// How the reports are said: days, moods, words and their sources, in the language of the page.
import type { Schemas } from "../api/client";
import { language, counted, day as plainDay, known, number, t } from "../words";

export type Cases = Schemas["CasesSaid"];
export type Case = Schemas["ReportCase"];
export type Row = Schemas["ReportRow"];
export type Column = Schemas["Column"];
export type Cell = Schemas["Cell"];
export type Word = Schemas["Word"];
export type Differing = Schemas["Differing"];
export type Value = Schemas["Value"];
export type Held = Schemas["Held"];
export type Answer = Row["answers"][number];
export type Shown = Schemas["ReportDocument"];
export type Change = Schemas["ReportChange"];
export type Block = Schemas["Block"];
export type Piece = Schemas["Piece"];
export type Interval = Schemas["Interval"];
export type Mood = Cell["mood"];

export const MOODS: readonly Mood[] = ["asserted", "reported", "conditional", "denied", "asked"];

/** A sentence of the server: in French nothing comes between a word and the sign behind it. */
export function bound(sentence: string): string {
  if (language.value !== "fr") return sentence;
  return sentence.replace(/ ([:;?!»])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
}

/** A word of the data as the end of a key. */
export function keyOf(word: string): string {
  return word.replaceAll(" ", "_");
}

/** What an answer is: nobody is without an answer to what nobody asked. */
export function answerKind(it: Answer, row: Row): string {
  const unheard = it.kind === "silent since" && row.asked === null;
  return t(unheard ? "reports.answer.unheard" : `reports.answer.${keyOf(it.kind)}`);
}

/** Of an open claim: who was asked, when, and for how long they have not answered. */
export function unanswered(row: Row): string {
  const days = counted("reports.days", row.silent_days ?? 0);
  const key = row.asked_of ? "reports.silent.of" : "reports.silent";
  return t(key, { who: row.asked_of ?? "", date: row.asked ? day(row.asked) : "", days });
}

/** What is said to have happened, in a few words. */
export function heading(row: Row): string {
  const kind = t(`reports.kind.${keyOf(row.kind)}`);
  if (row.act === "other") return kind;
  return t("reports.what", { kind, act: t(`reports.act.${keyOf(row.act)}`) });
}

/** It with its place: two claims may be of one thing in two places. */
export function placed(row: Row): string {
  return row.where ? `${heading(row)}, ${row.where}` : heading(row);
}

/** Days, as exact as they are known: a year, a month, a day, or from when until when. */
export function days(it: Interval | null | undefined): string {
  if (!it || (!it.first && !it.last)) return "";
  if (!it.last) return t("reports.interval.from", { date: day(it.first!) });
  if (!it.first) return t("reports.interval.until", { date: day(it.last) });
  if (it.first === it.last) return day(it.first);
  const [first, last] = [parts(it.first), parts(it.last)];
  const whole = first[2] === 1 && last[2] === new Date(Date.UTC(last[0], last[1], 0)).getUTCDate();
  if (whole && first[0] === last[0] && first[1] === 1 && last[1] === 12) return String(first[0]);
  if (whole && first[0] === last[0] && first[1] === last[1]) return month(it.first);
  if (whole) return `${month(it.first)} – ${month(it.last)}`;
  return `${day(it.first)} – ${day(it.last)}`;
}

function parts(date: string): [number, number, number] {
  const [year, month, date_] = date.split("-").map(Number);
  return [year!, month!, date_!];
}

function month(date: string): string {
  const words = new Intl.DateTimeFormat(language.value, { month: "long", year: "numeric", timeZone: "UTC" });
  return words.format(new Date(date));
}

/** When a document was published, as exactly as it says. */
export function published(column: Column): string {
  return days(column.published) || column.published?.wording || t("reports.document.undated");
}

/** The day of the first version of a document, where the last has another; "" otherwise. */
export function firstDay(column: Column): string {
  const first = days(column.first);
  return first && first !== days(column.published) ? first : "";
}

/** Whether a version of a document is not the last one, whose words are shown. */
export function isEarlier(version: number | undefined, column: Column): boolean {
  return !!version && version < column.versions;
}

/** On whose word something is told: who, whether named, how many, through whom; "" where nobody noted it. */
export function word(it: Word): string {
  const said: string[] = [];
  const named = t(it.named ? "reports.word.named" : "reports.word.unnamed");
  if (it.who) {
    const how = it.count ? t("reports.word.how", { named, count: it.count }) : named;
    said.push(t("reports.word", { who: it.who, how }));
  } else if (it.count) {
    said.push(t("reports.word.many", { count: counted("reports.word.count", it.count), how: named }));
  }
  if (it.chain.length) said.push(t("reports.word.chain", { chain: it.chain.join(" ← ") }));
  return said.join(", ");
}

/** An aside by its name, which comes from the intake. */
export function aside(why: string): string {
  const key = `reports.aside.${keyOf(why)}`;
  return t("reports.aside", { why: known(key) ? t(key) : why });
}

/** The name of a language. */
export function tongue(code: string): string {
  try {
    return new Intl.DisplayNames([language.value], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** What differs: figures with their unit, in the words of the page where it has them. */
export function about(it: Differing): string {
  if (it.kind !== "figure") return t(`reports.differing.${it.kind}`, { about: it.about });
  const key = `reports.unit.${keyOf(it.about)}`;
  if (known(key)) return t("reports.differing.figure", { about: t(key) });
  if (language.value === "en" && it.about) return t("reports.differing.figure", { about: it.about });
  return t("reports.differing.counted");
}

/** A day; in French the first of a month is "1er". */
export function day(date: string): string {
  const said = plainDay(date);
  return language.value === "fr" ? said.replace(/^1 /, "1er ") : said;
}

/** Low and high of a figure, where they are not the words themselves. */
export function range(it: Value): string {
  if (it.low == null || it.high == null) return "";
  return it.low === it.high ? number(it.low, 3) : `${number(it.low, 3)} – ${number(it.high, 3)}`;
}
