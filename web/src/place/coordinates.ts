// Coordinates as people write them: 38.15 -79.07, 38,15; -79,07, 38.15 N 79.07 W, 38°09'N 79°04'W.
import type { Point } from "../state";

const NUMBER = String.raw`[+-]?\d{1,3}(?:[.,]\d+)?`;
const PART = String.raw`(\d{1,2}(?:[.,]\d+)?)`;
const ANGLE = String.raw`(${NUMBER})\s*°?\s*(?:${PART}\s*['′’]\s*)?(?:${PART}\s*(?:"|″|”|'')\s*)?`;
const PAIR = new RegExp(String.raw`^${ANGLE}([NSns])?\s*[,;\s]\s*${ANGLE}([EWOeow])?$`);

/** The point that a text names, null where it names none. */
export function pointOf(text: string): Point | null {
  const found = PAIR.exec(text.trim().replace(/\s+/g, " "));
  if (!found) return null;
  const lat = angle(found.slice(1, 4), /s/i.test(found[4] ?? ""));
  const lon = angle(found.slice(5, 8), /[wo]/i.test(found[8] ?? ""));
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

function angle(parts: readonly (string | undefined)[], negative: boolean): number {
  const [degrees = 0, minutes = 0, seconds = 0] = parts.map((each) =>
    Number((each ?? "0").replace(",", ".")),
  );
  const sign = negative || (parts[0] ?? "").startsWith("-") ? -1 : 1;
  return sign * (Math.abs(degrees) + minutes / 60 + seconds / 3600);
}
