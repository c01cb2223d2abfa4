// The answer in one sentence, and what would change it, made of data in the page's language.
import { counted, known, number, rate, t } from "../words";
import type { At, Licence, Overhead, Permit, Standing } from "./types";

/** How an answer looks at first sight: a sign, one or two words, and the sentence. */
export interface Verdict {
  sign: "good" | "warn" | "bad" | "unknown";
  word: string;
  sentence: string;
  /** What else must be known beside it; empty where nothing. */
  beside: string;
}

/** What the rules in force say against service at a point, and who says so. */
export interface Refusal {
  topic: "licence" | "service";
  state: Exclude<Licence, "licensed"> | Exclude<Permit, "on">;
  region: string | null;
  decision: string;
  /** Whether no beam may stand here at all; else some terminals are served. */
  dark: boolean;
}

/** What the rules in force say against service here; the licence comes first, as it does for the planner. */
export function refusalOf(here: Standing): Refusal | null {
  const state = here.licence !== "licensed" ? here.licence : here.service !== "on" ? here.service : null;
  if (state === null) return null;
  const topic = here.licence !== "licensed" ? "licence" : "service";
  const said = here.said.find((each) => each.topic === topic);
  const dark = topic === "licence" || state === "off";
  return { topic, state, region: said?.region ?? null, decision: said?.decision ?? "", dark };
}

/** The answer of a slot's plan and of the rules in force; either may be missing. `shows`: a network. */
export function verdictOf(at: At | null, here: Standing | null, shows: boolean): Verdict {
  const refusal = here && refusalOf(here);
  if (!at) return byRulesAlone(here, refusal, t(shows ? "place.no.answer" : "place.no.network"));
  const told = at.decision?.outcome === "refuse" ? at.decision.reason : null;
  if (refusal?.dark) return no(becauseOf(refusal), at.served ? t("place.then.allowed") : "");
  if (at.served) {
    const sentence = servedSentence(at);
    if (refusal)
      return { sign: "warn", word: t("place.word.some"), sentence: becauseOf(refusal), beside: sentence };
    if (told)
      return { sign: "warn", word: t("place.word.some"), sentence: reasonText(told), beside: sentence };
    return { sign: "good", word: t("place.word.served"), sentence, beside: "" };
  }
  if (at.reason === "rule") return no(t("place.not.then"), t("place.now.allowed"));
  if (at.reason === "no_demand" && told) return no(reasonText(told), networkSentence(at));
  return no(networkSentence(at), refusal ? becauseOf(refusal) : "");
}

function byRulesAlone(here: Standing | null, refusal: Refusal | null, beside: string): Verdict {
  if (!here) return { sign: "unknown", word: t("place.word.unknown"), sentence: t("place.no.rules"), beside };
  if (!refusal)
    return { sign: "unknown", word: t("place.word.allowed"), sentence: t("place.allowed"), beside };
  if (!refusal.dark)
    return { sign: "warn", word: t("place.word.some"), sentence: becauseOf(refusal), beside };
  return no(becauseOf(refusal), "");
}

function no(sentence: string, beside: string): Verdict {
  return { sign: "bad", word: t("place.word.not"), sentence, beside };
}

/** A refusal as the sentence that says which state holds, and the region that says so. */
export function becauseOf(refusal: Refusal): string {
  if (refusal.region) return t(`place.not.${refusal.state}`, { region: refusal.region });
  return t(`place.not.${refusal.state}.elsewhere`);
}

/** The text of a reason in the page's language. */
export function reasonText(reason: { text: string; text_fr: string }): string {
  return t("place.lang") === "fr" ? reason.text_fr : reason.text;
}

function servedSentence(at: At): string {
  const it = at.service!;
  return t("place.served", {
    satellite: it.satellite.name,
    elevation: number(it.satellite.elevation_deg, 0),
    granted: rate(it.granted_bps),
    asked: rate(at.demand_bps),
    delay: number(it.round_trip.total_ms, 0),
    to: it.pop || it.gateway,
  });
}

function count(at: At, use: Overhead["use"]): number {
  return at.overhead.filter((each) => each.use === use).length;
}

function networkSentence(at: At): string {
  const usable = count(at, "usable");
  const inView = counted("place.satellites", usable + count(at, "too near the GSO arc"));
  switch (at.reason) {
    case "gso_arc":
      return t("place.not.gso_arc", { inView, degrees: number(at.gso_avoidance_deg) });
    case "no_gateway":
      return at.landing.length
        ? t("place.not.no_gateway.landing", {
            where: at.landing.join(", "),
            usable: counted("place.satellites", usable),
          })
        : t("place.not.no_gateway", { usable: counted("place.satellites", usable) });
    case "capacity":
      if (at.bottleneck === "isl" || at.bottleneck === "feeder") {
        return t(`place.not.capacity.${at.bottleneck}`, { granted: rate(at.granted_bps) });
      }
      return t("place.not.capacity", { could: counted("place.satellites", at.with_way) });
    case "colour":
      return t("place.not.colour", {
        could: counted("place.satellites", at.with_way),
        degrees: number(at.same_colour_deg),
      });
    case "no_satellite":
      return t("place.not.no_satellite", { degrees: number(at.mask_deg) });
    default:
      return known(`common.why.${at.reason}`) ? t(`common.why.${at.reason}`) : at.verdict;
  }
}

/** What would change the answer of network or rules; empty where the place gets all it asks for. */
export function changeOf(at: At | null, here: Standing | null): string {
  const refusal = here && refusalOf(here);
  if (refusal) {
    const rules = here.log ? here.log.name : "";
    if (!refusal.region) return t("place.change.elsewhere");
    return t(rules ? "place.change.rule.log" : "place.change.rule", { region: refusal.region });
  }
  if (!at) return "";
  if (at.service) {
    const by = at.service.bottleneck;
    return known(`place.change.more.${by}`) ? t(`place.change.more.${by}`) : "";
  }
  switch (at.reason) {
    case "no_satellite": {
      const highest = at.overhead[0];
      const now = highest
        ? t("place.highest", { name: highest.name, degrees: number(highest.elevation_deg) })
        : t("place.none.up");
      return t("place.change.no_satellite", { now });
    }
    case "gso_arc":
      return t("place.change.gso_arc", { degrees: number(at.gso_avoidance_deg) });
    case "no_gateway":
      return at.nearest_gateway_km === null
        ? t("place.change.no_gateway.none")
        : t("place.change.no_gateway", { name: at.nearest_gateway, km: number(at.nearest_gateway_km, 0) });
    case "rule":
      return t("place.change.then");
    default:
      return known(`place.change.${at.reason}`) ? t(`place.change.${at.reason}`) : "";
  }
}
