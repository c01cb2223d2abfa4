// What a reader can check of a log by herself: who vouches for it, that an entry is in it, and that it only grew.
import { type Bytes, type Values, Wrong, fromUtf8, same, toBase64 } from "./bytes";
import { COSIGNATURE, ED25519, type Key } from "./keys";
import { consistencyProof, inclusionProof, isConsistent, leafHash, rootByInclusion } from "./merkle";
import { fold, peaksOf } from "./merkle";
import { type Checkpoint, type Line, checkLine, parseCheckpoint, parseNote } from "./note";
import { NONE, type Policy, satisfied } from "./policy";
import { type Read, WIDTH, hashesAt, nodesOf, readBundle, readTile, tilePath, widthAt } from "./tiles";

/** One thing that was looked at: it holds, it does not, or nothing is said of it. A value `at_s` is a POSIX time. */
export interface Finding {
  readonly sign: "good" | "bad" | "open";
  readonly key: string;
  readonly values: Values;
}

/** A witness of the policy, and when it cosigned (POSIX seconds); null: it did not, or its word does not count. */
export interface Witnessed {
  readonly name: string;
  readonly time: number | null;
}

/** A checkpoint as far as it could be read. believed: whether the policy accepts it. */
export interface Opened {
  readonly checkpoint: Checkpoint | null;
  readonly findings: readonly Finding[];
  readonly believed: boolean;
  readonly witnesses: readonly Witnessed[];
}

/** Seconds that the clock of a witness may be ahead of ours. */
const AHEAD_S = 300;

const good = (key: string, values: Values = {}): Finding => ({ sign: "good", key, values });
const bad = (key: string, values: Values = {}): Finding => ({ sign: "bad", key, values });
const open = (key: string, values: Values = {}): Finding => ({ sign: "open", key, values });

/** What was wrong as a finding; whatever is not wrong but failed is thrown on. */
export function ofError(error: unknown): Finding {
  if (error instanceof Wrong) return bad(error.key, error.values);
  throw error;
}

/** Read a checkpoint and check who signed it, by a policy. nowS: POSIX seconds. */
export async function checkCheckpoint(raw: Uint8Array, policy: Policy, nowS: number): Promise<Opened> {
  const nothing = { checkpoint: null, believed: false, witnesses: [] };
  let checkpoint: Checkpoint;
  let text: string;
  let lines: readonly Line[];
  try {
    ({ text, lines } = parseNote(raw));
    checkpoint = await parseCheckpoint(text);
  } catch (error) {
    return { ...nothing, findings: [ofError(error)] };
  }
  const { origin, size } = checkpoint;
  const findings = [good("check.form", { origin, size, root: toBase64(checkpoint.root) })];
  const times = new Map<string, number | null>();
  let [signed, broken] = [false, false];
  for (const [name, key] of known(policy)) {
    for (const line of lines.filter((each) => each.name === key.name && each.id === key.id)) {
      try {
        const time = await checkLine(key, text, line);
        times.set(name, time);
        signed ||= key.kind === ED25519 && key.name === origin;
        if (key.kind === ED25519) findings.push(good("check.log", { name: key.name, id: key.id }));
      } catch (error) {
        findings.push(ofError(error));
        broken = true;
      }
    }
  }
  if (!signed) {
    const names = [...new Set(lines.map((each) => `${each.name}+${each.id}`))].slice(0, 5).join(", ");
    findings.push(bad("check.log.none", { origin, names }));
  }
  const witnesses: Witnessed[] = [];
  for (const [name, key] of policy.witnesses) {
    const time = times.get(name) ?? null;
    const early = time !== null && time > nowS + AHEAD_S;
    witnesses.push({ name: key.name, time: early ? null : time });
    if (early) findings.push(bad("check.witness.early", { name: key.name, at_s: time }));
    else if (time !== null) findings.push(good("check.witness", { name: key.name, at_s: time }));
    else findings.push(open("check.witness.missing", { name: key.name }));
    if (time === null || early) times.delete(name);
  }
  const enough = satisfied(policy, new Set(times.keys()));
  const quorum = policy.quorum;
  if (quorum === NONE) findings.push(open("check.quorum.none"));
  else findings.push(enough ? good("check.quorum", { quorum }) : bad("check.quorum.short", { quorum }));
  return { checkpoint, findings, believed: signed && enough && !broken, witnesses };
}

/** The keys of a policy; of a witness by the policy's own name, of a log by a name that no witness can have. */
function known(policy: Policy): [string, Key][] {
  const witnesses = [...policy.witnesses].filter(([, key]) => key.kind === COSIGNATURE);
  return [...policy.logs.map((key): [string, Key] => [`log ${key.vkey}`, key]), ...witnesses];
}

/** What a browser saw of a log before. */
export interface Before {
  readonly size: number;
  readonly root: Bytes;
  readonly at_s: number;
}

/** Check that a log begins with what this browser saw of it before; the proof is computed from the tiles. */
export async function checkGrown(read: Read, now: Checkpoint, before: Before | null): Promise<Finding> {
  if (before === null) return open("check.seen.first");
  const values = { old: before.size, size: now.size, at_s: before.at_s };
  if (now.size < before.size) return bad("check.seen.smaller", values);
  if (now.size === before.size) {
    return same(now.root, before.root)
      ? good("check.seen.same", values)
      : bad("check.seen.fork", { ...values, one: toBase64(before.root), other: toBase64(now.root) });
  }
  if (before.size === 0) return good("check.seen.grown", values);
  try {
    const proof = await consistencyProof(nodesOf(read, now.size), before.size, now.size);
    const grown = await isConsistent(before.root, before.size, now.root, now.size, proof);
    return grown ? good("check.seen.grown", values) : bad("check.seen.rewritten", values);
  } catch (error) {
    return ofError(error);
  }
}

/** Check that an entry stands in the tree of a checkpoint; its bytes are null where they could not be read. */
export async function checkEntry(
  read: Read,
  { size, root }: Checkpoint,
  index: number,
): Promise<{ findings: readonly Finding[]; entry: Bytes | null }> {
  if (index >= size)
    return { findings: [bad("check.entry.beyond", { entry: String(index), size })], entry: null };
  const tile = Math.floor(index / WIDTH);
  const inside = index % WIDTH;
  let entry: Bytes | null = null;
  try {
    const bundle = await readBundle(read, size, tile);
    entry = bundle.items[inside]!;
    const leaves = await Promise.all(bundle.items.map(leafHash));
    const hashes = await readTile(read, size, 0, tile);
    const used = new Set([bundle.path]);
    const way = async (taken: readonly Bytes[]): Promise<{ leads: boolean; length: number }> => {
      const proof = await inclusionProof(nodesOf(read, size, new Map([[tile, taken]]), used), index, size);
      return {
        leads: same(await rootByInclusion(taken[inside]!, index, size, proof), root),
        length: proof.length,
      };
    };
    const { leads, length } = await way(leaves);
    const other = leaves.flatMap((leaf, at) => (same(leaf, hashes.items[at]!) ? [] : [tile * WIDTH + at]));
    const findings: Finding[] = [];
    const at = { bundle: bundle.path, tile: hashes.path };
    if (!other.length) findings.push(good("check.bundle", { ...at, count: leaves.length }));
    else {
      const whose = leads ? "tile" : (await way(hashes.items)).leads ? "entry" : "either";
      for (const each of other.slice(0, 3)) {
        findings.push(bad(`check.bundle.bad.${whose}`, { ...at, entry: String(each) }));
      }
    }
    findings.push(...(await checkAbove(read, size, tile, leaves)));
    const values = { entry: String(index), count: length, root: toBase64(root), tiles: [...used].join(", ") };
    findings.push(leads ? good("check.root", values) : bad("check.root.bad", values));
    return { findings, entry };
  } catch (error) {
    return { findings: [ofError(error)], entry };
  }
}

/** Where a tile is full, the tile above it holds its root, and so on up; what differs there is named. */
async function checkAbove(
  read: Read,
  size: number,
  tile: number,
  leaves: readonly Bytes[],
): Promise<Finding[]> {
  let [index, hashes] = [tile, leaves];
  for (let level = 1; hashes.length === WIDTH; level++) {
    const above = Math.floor(index / WIDTH);
    const held = await readTile(read, size, level, above);
    const inside = index % WIDTH;
    if (!same(held.items[inside]!, await fold(await peaksOf(hashes)))) {
      const below = tilePath(level - 1, index, WIDTH);
      return [bad("check.above.bad", { path: held.path, number: String(inside), below })];
    }
    [index, hashes] = [above, held.items];
  }
  return [];
}

/** Whether an entry, as its bytes say it, is the JSON that was shown for it. */
export function checkShown(entry: Bytes, shown: unknown): Finding {
  const text = fromUtf8(entry);
  try {
    const said: unknown = JSON.parse(text ?? "");
    return plain(said) === plain(shown) ? good("check.shown") : bad("check.shown.bad");
  } catch {
    return shown === null ? open("check.shown.none") : bad("check.shown.bad");
  }
}

/** JSON with its members in one order. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${plain(each)}`).join()}}`;
}

/** Findings of one look at a whole log that are told one by one. */
const MOST = 12;

/**
 * Compute a whole log anew: every entry, every tile, and the root.
 * told: called with the entries done; where it returns false, nothing more is read.
 */
export async function checkLog(
  read: Read,
  { size, root }: Checkpoint,
  told: (done: number) => boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const rows: Bytes[][] = [];
  let [wrong, files] = [0, 0];
  const tell = (finding: Finding): void => {
    wrong++;
    if (findings.length < MOST) findings.push(finding);
  };
  const compare = async (
    level: number,
    index: number,
    hashes: readonly Bytes[],
    bundle: string,
  ): Promise<void> => {
    try {
      const held = await readTile(read, size, level, index);
      files++;
      for (const [at, each] of hashes.entries()) {
        if (same(each, held.items[at]!)) continue;
        const below = tilePath(level - 1, index * WIDTH + at, WIDTH);
        if (level) tell(bad("check.above.bad", { path: held.path, number: String(at), below }));
        else
          tell(
            bad("check.bundle.bad.either", { entry: String(index * WIDTH + at), tile: held.path, bundle }),
          );
      }
    } catch (error) {
      tell(ofError(error));
    }
  };
  const close = async (level: number, index: number): Promise<void> => {
    const hashes = rows[level]!;
    if (level) await compare(level, index, hashes, "");
    rows[level] = [];
    (rows[level + 1] ??= []).push(await fold(await peaksOf(hashes)));
    const above = Math.floor(index / WIDTH);
    if (rows[level + 1]!.length === WIDTH) await close(level + 1, above);
  };
  const bundles = Math.ceil(size / WIDTH);
  for (let index = 0; index < bundles; index++) {
    if (!told(index * WIDTH)) return [...findings, open("check.all.stopped", { count: index * WIDTH, size })];
    try {
      const bundle = await readBundle(read, size, index);
      files++;
      rows[0] = await Promise.all(bundle.items.map(leafHash));
      await compare(0, index, rows[0], bundle.path);
    } catch (error) {
      tell(ofError(error));
      try {
        rows[0] = [...(await readTile(read, size, 0, index)).items]; // the rest is looked at all the same
      } catch (again) {
        tell(ofError(again));
        return [...findings, open("check.all.stopped", { count: index * WIDTH, size })];
      }
    }
    if (widthAt(size, 0, index) === WIDTH) await close(0, index);
  }
  const peaks: Bytes[] = [];
  for (let level = rows.length - 1; level >= 0; level--) {
    const row = rows[level] ?? [];
    if (level && row.length) await compare(level, Math.floor(hashesAt(size, level) / WIDTH), row, "");
    peaks.push(...(await peaksOf(row)));
  }
  told(size);
  if (wrong > findings.length) findings.push(bad("check.all.more", { count: wrong - findings.length }));
  if (!wrong) findings.push(good("check.all", { count: size, files }));
  const values = { root: toBase64(root), count: size };
  findings.push(
    same(await fold(peaks), root) ? good("check.all.root", values) : bad("check.all.root.bad", values),
  );
  return findings;
}
