// Where the sun stands: low-precision formulas for the sun (The Astronomical Almanac, page C5), good to 0.01°.

const DEG = Math.PI / 180;
const J2000_MS = Date.UTC(2000, 0, 1, 12);

/** Longitude and latitude in degrees over which the sun stands in the zenith at a time (UTC, milliseconds). */
export function subsolar(timeMs: number): { lon: number; lat: number } {
  const days = (timeMs - J2000_MS) / 86_400_000;
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = (357.528 + 0.9856003 * days) * DEG;
  const ecliptic = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * DEG;
  const obliquity = (23.439 - 0.0000004 * days) * DEG;
  const ascension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic)) / DEG;
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic)) / DEG;
  const siderealDeg = 280.46061837 + 360.98564736629 * days; // Greenwich mean sidereal time (IAU 1982)
  return { lon: wrap(ascension - siderealDeg), lat: declination };
}

/** The same as a unit vector of an Earth-fixed frame. */
export function sunDirection(timeMs: number): [number, number, number] {
  const { lon, lat } = subsolar(timeMs);
  const cos = Math.cos(lat * DEG);
  return [cos * Math.cos(lon * DEG), cos * Math.sin(lon * DEG), Math.sin(lat * DEG)];
}

/** A longitude between -180 and 180 degrees. */
export function wrap(lonDeg: number): number {
  return ((((lonDeg + 180) % 360) + 360) % 360) - 180;
}
