// Ed25519 keys with a name, and signatures by them: checked by this browser, after RFC 8032 and C2SP signed-note.
import { type Bytes, Wrong, concat, fromBase64, fromHex, hex, quoted, sha256, toBase64, utf8 } from "./bytes";

/** Of a log: over the text of the note. */
export const ED25519 = 0x01;
/** Of a witness: over a time and the text of the note. */
export const COSIGNATURE = 0x04;

/** A public key. id: 8 hexadecimal digits. bytes: 32. */
export interface Key {
  readonly name: string;
  readonly kind: typeof ED25519 | typeof COSIGNATURE;
  readonly id: string;
  readonly bytes: Bytes;
  readonly vkey: string;
}

// Unicode's spaces and ASCII's controls; JavaScript's own \s lacks some and has U+FEFF, which is none.
const NOT_IN_NAMES =
  /[\u0000-\u0020+\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]/u;

/** Whether a key may have this name. */
export function isName(name: string): boolean {
  return name !== "" && !NOT_IN_NAMES.test(name);
}

/** A key from `name+id+base64(type, key)`; throws Wrong. */
export async function parseKey(vkey: string): Promise<Key> {
  const [name, id, encoded] = parts(vkey);
  if (name === undefined || id === undefined || encoded === undefined || vkey.startsWith("PRIVATE+KEY+")) {
    throw new Wrong("wrong.key.form", { key: vkey.includes("PRIVATE") ? "…" : quoted(vkey) });
  }
  if (!isName(name)) throw new Wrong("wrong.key.name", { name: quoted(name) });
  const raw = fromBase64(encoded);
  if (raw === null || raw.length !== 33) throw new Wrong("wrong.key.bytes", { name });
  const kind = raw[0];
  if (kind !== ED25519 && kind !== COSIGNATURE)
    throw new Wrong("wrong.key.kind", { name, kind: String(kind) });
  const bytes = raw.slice(1);
  if (!isPoint(bytes)) throw new Wrong("wrong.key.point", { name });
  const found = await idOf(name, raw);
  if (id !== found) throw new Wrong("wrong.key.id", { name, id: quoted(id), found });
  return { name, kind, id, bytes, vkey: `${name}+${id}+${toBase64(raw)}` };
}

function parts(vkey: string): string[] {
  const first = vkey.indexOf("+");
  const second = vkey.indexOf("+", first + 1);
  return first < 0 || second < 0
    ? []
    : [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)];
}

/** The first four bytes of SHA-256(name, newline, type and key). */
async function idOf(name: string, raw: Uint8Array): Promise<string> {
  return hex((await sha256(utf8(`${name}\n`), raw)).slice(0, 4));
}

/** Whether `signed` (64 bytes) is the signature of a key over a message. */
export async function holds(key: Uint8Array, message: Uint8Array, signed: Uint8Array): Promise<boolean> {
  if (signed.length !== 64) return false;
  const known = await crypto.subtle.importKey("raw", concat(key), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, known, concat(signed), concat(message));
}

/** Whether this browser can check anything: "insecure" where it keeps WebCrypto from a page without TLS. */
export async function ability(): Promise<"yes" | "insecure" | "none"> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) return globalThis.isSecureContext === false ? "insecure" : "none";
  // RFC 8032, 7.1, test 1: it must hold, and must not once a bit is another
  const key = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signed = fromHex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  try {
    if (!(await holds(key, new Uint8Array(), signed))) return "none";
    return (await holds(key, new Uint8Array(1), signed)) ? "none" : "yes";
  } catch {
    return "none";
  }
}

const P = 2n ** 255n - 19n;
const D = mod(-121665n * inverse(121666n));

/**
 * Whether 32 bytes are the one encoding of a point that signatures can rest on: canonical, on the curve, and
 * not of low order, under which one signature can hold for any message (RFC 8032, 5.1.3).
 */
export function isPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const whole = BigInt(`0x${hex(bytes.slice().reverse())}`);
  const y = whole & (2n ** 255n - 1n);
  if (y >= P) return false;
  let yy = mod(y * y);
  let xx = mod((yy - 1n) * inverse(mod(D * yy + 1n)));
  if (xx !== 0n && power(xx, (P - 1n) / 2n) !== 1n) return false;
  let found = y;
  // Doubling needs the squares alone: after three times, a point of low order is at y = 1.
  for (let times = 0; times < 3; times++) {
    const product = mod(D * mod(xx * yy));
    found = mod((yy + xx) * inverse(mod(1n - product)));
    xx = mod(4n * xx * yy * power(inverse(mod(1n + product)), 2n));
    yy = mod(found * found);
  }
  return found !== 1n;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let found = 1n;
  for (let left = exponent, square = mod(base); left > 0n; left >>= 1n, square = mod(square * square)) {
    if (left & 1n) found = mod(found * square);
  }
  return found;
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n);
}
