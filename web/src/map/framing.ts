// Where a person looks first: at the cells of a world that lie together, or at the globe as it is.
import { type Camera, START, camera, cameraSaid, place } from "../state";

/** Cells that lie farther apart than this are looked at as a globe. */
const TOGETHER_DEG = 40;

/** Turn the camera to cells that lie together, unless the address or the person has turned it. */
export function frame(lonDeg: Float32Array, latDeg: Float32Array): void {
  const { lon, lat } = camera.peek();
  if (!lonDeg.length || cameraSaid.peek() || lon !== START.lon || lat !== START.lat || place.peek()) return;
  const found = around(lonDeg, latDeg);
  if (found) camera.value = found;
}

/** A camera over all of them, null where they are not together. */
export function around(lonDeg: Float32Array, latDeg: Float32Array): Camera | null {
  const middle: [number, number, number] = [0, 0, 0];
  for (let k = 0; k < lonDeg.length; k++) {
    unit(lonDeg[k]!, latDeg[k]!).forEach((each, i) => (middle[i as 0 | 1 | 2] += each));
  }
  const length = Math.hypot(...middle);
  if (length < 1e-9 * lonDeg.length) return null;
  let least = 1;
  for (let k = 0; k < lonDeg.length; k++) {
    const [x, y, z] = unit(lonDeg[k]!, latDeg[k]!);
    least = Math.min(least, (x * middle[0] + y * middle[1] + z * middle[2]) / length);
  }
  const spreadDeg = (Math.acos(Math.max(-1, least)) * 180) / Math.PI;
  if (spreadDeg > TOGETHER_DEG) return null;
  const [x, y, z] = middle;
  return {
    lon: (Math.atan2(y, x) * 180) / Math.PI,
    lat: (Math.asin(z / length) * 180) / Math.PI,
    zoom: Math.min(6, Math.log2(120 / (2 * spreadDeg + 2))),
  };
}

function unit(lonDeg: number, latDeg: number): [number, number, number] {
  const [lon, lat] = [(lonDeg * Math.PI) / 180, (latDeg * Math.PI) / 180];
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}
