// The tree and its entries as files (C2SP tlog-tiles): where each stands, and what it must hold.
import { type Bytes, HASH_SIZE, Wrong } from "./bytes";
import { type Node, parents } from "./merkle";

export const WIDTH = 256;

/** The bytes of a path such as `tile/0/000`, null where there is nothing. */
export type Read = (path: string) => Promise<Bytes | null>;

/** The hashes or entries of one file. path: of the file that gave them. */
export interface Held {
  readonly path: string;
  readonly items: readonly Bytes[];
}

/** Where a tile of a level, or a bundle of entries, stands; width: below 256 it is a partial one. */
export function tilePath(level: number | "entries", index: number, width: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.../g) ?? [];
  const number = groups.map((each, at) => (at < groups.length - 1 ? `x${each}` : each)).join("/");
  return `tile/${level}/${number}${width < WIDTH ? `.p/${width}` : ""}`;
}

/** How many hashes of a level a tree of a size has. */
export function hashesAt(size: number, level: number): number {
  return Math.floor(size / WIDTH ** level);
}

/** How many hashes or entries stand in the tile of an index. */
export function widthAt(size: number, level: number, index: number): number {
  return Math.min(WIDTH, hashesAt(size, level) - index * WIDTH);
}

/** The hashes of a tile of a tree; throws Wrong where it is not there, or of another length. */
export async function readTile(read: Read, size: number, level: number, index: number): Promise<Held> {
  const width = widthAt(size, level, index);
  const { raw, path, full } = await readFile(read, level, index, width);
  const count = full ? WIDTH : width;
  if (raw.length !== count * HASH_SIZE) {
    throw new Wrong("wrong.tile.bytes", { path, bytes: raw.length, expected: count * HASH_SIZE });
  }
  const items = Array.from({ length: width }, (_, at) => raw.slice(at * HASH_SIZE, (at + 1) * HASH_SIZE));
  return { path, items };
}

/** The entries of a bundle of a tree; throws Wrong where it is not there, or does not hold exactly them. */
export async function readBundle(read: Read, size: number, index: number): Promise<Held> {
  const width = widthAt(size, 0, index);
  const { raw, path, full } = await readFile(read, "entries", index, width);
  return { path, items: splitBundle(raw, full ? WIDTH : width, path).slice(0, width) };
}

/** The entries of a bundle, each behind its length of two bytes; throws Wrong where there are not so many. */
export function splitBundle(raw: Uint8Array, count: number, path: string): Bytes[] {
  const items: Bytes[] = [];
  let at = 0;
  while (at < raw.length) {
    const start = at + 2;
    const length = start <= raw.length ? raw[at]! * 256 + raw[at + 1]! : 0;
    at = start + length;
    if (at > raw.length) throw new Wrong("wrong.bundle.end", { path, number: String(items.length) });
    items.push(raw.slice(start, at));
  }
  if (items.length !== count)
    throw new Wrong("wrong.bundle.count", { path, found: items.length, expected: count });
  return items;
}

/** A file, or, where a partial one was replaced, the full one that stands there now. */
async function readFile(read: Read, level: number | "entries", index: number, width: number) {
  const path = tilePath(level, index, width);
  const raw = await read(path);
  if (raw !== null) return { raw, path, full: width === WIDTH };
  const whole = width < WIDTH ? await read(tilePath(level, index, WIDTH)) : null;
  if (whole === null) throw new Wrong("wrong.tile.missing", { path });
  return { raw: whole, path: tilePath(level, index, WIDTH), full: true };
}

/**
 * The subtrees of a tree, computed from its tiles, each of which is read once.
 * instead: hashes to be taken for those of a tile of level 0, by its index. used: filled with the paths that were read.
 */
export function nodesOf(
  read: Read,
  size: number,
  instead: ReadonlyMap<number, readonly Bytes[]> = new Map(),
  used: Set<string> = new Set(),
): Node {
  const rows = new Map<string, Bytes[][]>();
  return async (level, index) => {
    const row = Math.floor(level / 8);
    const inner = level % 8;
    const tile = Math.floor(index / 2 ** (8 - inner));
    const name = `${row}/${tile}`;
    let found = rows.get(name);
    if (!found) {
      let hashes = row === 0 ? instead.get(tile) : undefined;
      if (!hashes) {
        const held = await readTile(read, size, row, tile);
        used.add(held.path);
        hashes = held.items;
      }
      rows.set(name, (found = [[...hashes]]));
    }
    while (found.length <= inner) found.push(await parents(found[found.length - 1]!));
    const hash = found[inner]![index - tile * 2 ** (8 - inner)];
    if (!hash) throw new Wrong("wrong.tile.subtree", { path: tilePath(row, tile, WIDTH) });
    return hash;
  };
}
