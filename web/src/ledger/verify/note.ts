// Signed notes and the checkpoints that stand in them, read to the letter (C2SP signed-note, tlog-checkpoint).
import {
  type Bytes,
  HASH_SIZE,
  Wrong,
  decimal,
  fromBase64,
  fromUtf8,
  hex,
  quoted,
  same,
  sha256,
  utf8,
} from "./bytes";
import { COSIGNATURE, type Key, holds, isName } from "./keys";

/** A signature line: the name of the key, its id in 8 hexadecimal digits, and what it signed with. */
export interface Line {
  readonly name: string;
  readonly id: string;
  readonly signed: Bytes;
}

/** A text, which ends in a newline, and the signatures under it; believed by nobody yet. */
export interface Note {
  readonly text: string;
  readonly lines: readonly Line[];
}

/** What a log says of itself: its name, how many entries it has, and the root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

const MOST_LINES = 128;
const LARGEST = 1 << 20;
const LATEST = 2n ** 63n - 1n;

/** A note from its bytes; signatures of unknown types are kept. Throws Wrong. */
export function parseNote(raw: Uint8Array): Note {
  if (raw.length > LARGEST) throw new Wrong("wrong.note.large", { bytes: raw.length });
  const whole = fromUtf8(raw);
  if (whole === null) throw new Wrong("wrong.note.utf8");
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new Wrong("wrong.note.control");
  const parted = whole.lastIndexOf("\n\n");
  const below = whole.slice(parted + 2);
  if (parted < 0 || !below.endsWith("\n")) throw new Wrong("wrong.note.form");
  const lines = below.slice(0, -1).split("\n");
  if (lines.length > MOST_LINES) throw new Wrong("wrong.note.lines", { lines: lines.length });
  return { text: whole.slice(0, parted + 1), lines: lines.map(parseLine) };
}

function parseLine(line: string): Line {
  const [, name, encoded] = /^\u2014 ([^ ]*) (.*)$/su.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isName(name)) {
    throw new Wrong("wrong.line.form", { line: quoted(line) });
  }
  const raw = fromBase64(encoded);
  if (raw === null || raw.length < 5) throw new Wrong("wrong.line.bytes", { name: quoted(name) });
  return { name, id: hex(raw.slice(0, 4)), signed: raw.slice(4) };
}

/** A checkpoint from the text of a note; lines behind the third are allowed, and say nothing here. Throws Wrong. */
export async function parseCheckpoint(text: string): Promise<Checkpoint> {
  const lines = text.split("\n");
  const [origin, size, root] = lines;
  if (lines.pop() !== "" || lines.length < 3 || lines.includes("") || !origin) {
    throw new Wrong("wrong.checkpoint.form");
  }
  const count = decimal(size ?? "");
  if (count === null) throw new Wrong("wrong.checkpoint.size", { size: quoted(size ?? "") });
  const hash = fromBase64(root ?? "");
  if (hash === null || hash.length !== HASH_SIZE)
    throw new Wrong("wrong.checkpoint.root", { root: quoted(root ?? "") });
  if (count === 0 && !same(hash, await sha256())) throw new Wrong("wrong.checkpoint.empty");
  return { origin, size: count, root: hash };
}

/**
 * Check one signature line of a known key over a text.
 * Returns the time of a cosignature (POSIX seconds), null for a log's signature. Throws Wrong where it does not hold.
 */
export async function checkLine(key: Key, text: string, line: Line): Promise<number | null> {
  let message = utf8(text);
  let signed = line.signed;
  let time: number | null = null;
  if (key.kind === COSIGNATURE) {
    if (signed.length !== 72) throw new Wrong("wrong.cosignature.bytes", { name: key.name });
    const said = new DataView(signed.buffer, signed.byteOffset).getBigUint64(0);
    if (said > LATEST) throw new Wrong("wrong.cosignature.time", { name: key.name });
    message = utf8(`cosignature/v1\ntime ${said}\n${text}`);
    signed = signed.slice(8);
    time = Number(said);
  }
  if (!(await holds(key.bytes, message, signed)))
    throw new Wrong("wrong.signature", { name: key.name, id: key.id });
  return time;
}
