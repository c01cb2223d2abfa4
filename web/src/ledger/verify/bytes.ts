// Bytes as texts have them, read strictly: what is not written in its one way is refused.

/** What stands in a message. */
export type Values = Readonly<Record<string, string | number>>;
export type Bytes = Uint8Array<ArrayBuffer>;

/** What does not hold or cannot be read: a message of this room, and what stands in it. */
export class Wrong extends Error {
  readonly key: string;
  readonly values: Values;

  constructor(key: string, values: Values = {}) {
    super(`${key} ${JSON.stringify(values)}`);
    this.key = key;
    this.values = values;
  }
}

export const HASH_SIZE = 32;

/** SHA-256 of parts, one after the other; throws Wrong where the browser keeps WebCrypto from this page. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) throw new Wrong("wrong.webcrypto");
  return new Uint8Array(await subtle.digest("SHA-256", concat(...parts)));
}

/** Parts as one. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** Whether two are the same. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Lower hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hexadecimal digits. */
export function fromHex(digits: string): Bytes {
  return new Uint8Array(Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The bytes of standard base64 with padding and no stray bits; null for anything else. */
export function fromBase64(text: string): Bytes | null {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
  const found = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return toBase64(found) === text ? found : null;
}

/** UTF-8 as bytes. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The text of bytes that are UTF-8, a byte order mark kept as it is; null for others. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * A number in ASCII digits without leading zeroes; null for anything else.
 * Above 2^53 the page could not count, and takes it for none.
 */
export function decimal(text: string): number | null {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const found = Number(text);
  return Number.isSafeInteger(found) ? found : null;
}

/** A stranger's text as a message quotes it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
