// The tree of RFC 6962 (SHA-256): roots, and proofs that an entry is in it and that it only grew.
import { type Bytes, Wrong, same, sha256 } from "./bytes";

const LEAF = new Uint8Array([0]);
const INNER = new Uint8Array([1]);

/** The hash of the perfect subtree at a level and an index: level 0 are leaves. */
export type Node = (level: number, index: number) => Promise<Bytes>;

/** The largest power of two that is not above a number, as its exponent. */
function exponent(number: number): number {
  let found = 0;
  while (2 ** (found + 1) <= number) found++;
  return found;
}

/** SHA-256 of a zero byte and the entry. */
export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(LEAF, entry);
}

/** SHA-256 of a byte 1 and the hashes of two subtrees. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(INNER, left, right);
}

/** The hashes over pairs of hashes; an odd one at the end is left out. */
export function parents(hashes: readonly Bytes[]): Promise<Bytes[]> {
  const pairs = Array.from({ length: Math.floor(hashes.length / 2) }, (_, at) =>
    nodeHash(hashes[2 * at]!, hashes[2 * at + 1]!),
  );
  return Promise.all(pairs);
}

/** The roots of the perfect subtrees that some hashes make up, the largest first. */
export async function peaksOf(hashes: readonly Bytes[]): Promise<Bytes[]> {
  const found: Bytes[] = [];
  for (let level = [...hashes]; level.length; level = await parents(level)) {
    if (level.length % 2) found.unshift(level[level.length - 1]!);
  }
  return found;
}

/** The root over perfect subtrees, the largest first; of none it is SHA-256 of nothing. */
export async function fold(peaks: readonly Bytes[]): Promise<Bytes> {
  if (!peaks.length) return sha256();
  let root = peaks[peaks.length - 1]!;
  for (const each of peaks.slice(0, -1).reverse()) root = await nodeHash(each, root);
  return root;
}

/** The root over leaves start to end, where start is a multiple of the largest subtree that fits. */
export async function rootOf(node: Node, start: number, end: number): Promise<Bytes> {
  const peaks: Bytes[] = [];
  let at = start;
  while (at < end) {
    const level = exponent(end - at);
    peaks.push(await node(level, at / 2 ** level));
    at += 2 ** level;
  }
  return fold(peaks);
}

/** Where RFC 6962 parts a range: after the largest power of two below its length. */
function split(start: number, end: number): number {
  return start + 2 ** exponent(end - start - 1);
}

/** The way from an entry to the root, from the leaf's sibling up (2.1.1). */
export async function inclusionProof(node: Node, index: number, size: number): Promise<Bytes[]> {
  const proof: Bytes[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = split(start, end);
    if (index < middle) {
      proof.push(await rootOf(node, middle, end));
      end = middle;
    } else {
      proof.push(await rootOf(node, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/** The root to which a leaf hash and its way lead (RFC 9162, 2.1.3.2); throws Wrong where the way has another length. */
export async function rootByInclusion(
  leaf: Bytes,
  index: number,
  size: number,
  proof: readonly Bytes[],
): Promise<Bytes> {
  let [found, at, last] = [leaf, index, size - 1];
  for (const each of proof) {
    if (last === 0) throw new Wrong("wrong.proof.length");
    if (at % 2 || at === last) {
      found = await nodeHash(each, found);
      while (at % 2 === 0 && at) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      found = await nodeHash(found, each);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last || index >= size) throw new Wrong("wrong.proof.length");
  return found;
}

/** The proof that the tree of a size begins with the one of an older size (2.1.2). */
export async function consistencyProof(node: Node, old: number, size: number): Promise<Bytes[]> {
  const proof: Bytes[] = [];
  if (old === 0) return proof;
  let [start, end] = [0, size];
  while (old !== end) {
    const middle = split(start, end);
    if (old <= middle) {
      proof.push(await rootOf(node, middle, end));
      end = middle;
    } else {
      proof.push(await rootOf(node, start, middle));
      start = middle;
    }
  }
  if (start) proof.push(await rootOf(node, start, end));
  return proof.reverse();
}

/** Whether the tree of a size begins with the one of an older size above 0 (RFC 9162, 2.1.4.2). */
export async function isConsistent(
  oldRoot: Bytes,
  old: number,
  root: Bytes,
  size: number,
  proof: readonly Bytes[],
): Promise<boolean> {
  if (old < 1 || old > size) return false;
  if (old === size) return !proof.length && same(oldRoot, root);
  const path = 2 ** exponent(old) === old ? [oldRoot, ...proof] : [...proof];
  let [at, last] = [old - 1, size - 1];
  while (at % 2) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  if (!path.length) return false;
  let [ofOld, ofNew] = [path[0]!, path[0]!];
  for (const each of path.slice(1)) {
    if (last === 0) return false;
    if (at % 2 || at === last) {
      [ofOld, ofNew] = [await nodeHash(each, ofOld), await nodeHash(each, ofNew)];
      while (at % 2 === 0 && at) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      ofNew = await nodeHash(ofNew, each);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(ofOld, oldRoot) && same(ofNew, root);
}
