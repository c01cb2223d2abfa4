// From Earth-fixed kilometres to longitude, latitude and height, and between two slots.

const A_KM = 6378.137; // WGS 84
const B_KM = 6356.752314245;
const E2 = 1 - (B_KM * B_KM) / (A_KM * A_KM);
const EP2 = (A_KM * A_KM) / (B_KM * B_KM) - 1;
const DEG = 180 / Math.PI;

/**
 * Where satellites stand between two slots, as longitude and latitude (degrees) and height (metres) of each.
 *
 * from, to: x, y, z of each in km, Earth-fixed; share: 0 at the first, 1 at the second. The chord of 15 s lies
 * 0.2 km below the arc at most. Latitude after Bowring (Survey Review 23, 1976), whose closed form is good to
 * a millimetre at these heights. A satellite without a position comes out as NaN.
 */
export function between(
  from: Float32Array,
  to: Float32Array,
  share: number,
  out: Float32Array,
): Float32Array {
  const rest = 1 - share;
  for (let i = 0; i < out.length; i += 3) {
    const x = from[i]! * rest + to[i]! * share;
    const y = from[i + 1]! * rest + to[i + 1]! * share;
    const z = from[i + 2]! * rest + to[i + 2]! * share;
    const p = Math.sqrt(x * x + y * y);
    // sine and cosine of the parametric latitude, without asking for the angle
    const u = z * A_KM;
    const v = p * B_KM;
    const long = Math.sqrt(u * u + v * v);
    const sin = u / long;
    const cos = v / long;
    const lat = Math.atan2(z + EP2 * B_KM * sin * sin * sin, p - E2 * A_KM * cos * cos * cos);
    const sinLat = Math.sin(lat);
    const cosLat = Math.cos(lat);
    const normal = A_KM / Math.sqrt(1 - E2 * sinLat * sinLat);
    out[i] = Math.atan2(y, x) * DEG;
    out[i + 1] = lat * DEG;
    // good at the poles, too
    out[i + 2] = 1000 * (p * cosLat + z * sinLat - (A_KM * A_KM) / normal);
  }
  return out;
}
