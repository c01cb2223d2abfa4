// Whom a reader trusts: keys of logs, keys of witnesses, and how many must have seen a checkpoint (C2SP tlog-policy).
import { Wrong, quoted } from "./bytes";
import { COSIGNATURE, ED25519, type Key, parseKey } from "./keys";

/** So many of these members, each a witness or a group that stands before. */
export interface Group {
  readonly least: number;
  readonly members: readonly string[];
}

/** Keys of witnesses by the policy's own names for them; quorum: such a name, that of a group, or "none". */
export interface Policy {
  readonly logs: readonly Key[];
  readonly witnesses: ReadonlyMap<string, Key>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly quorum: string;
}

export const NONE = "none";
const LARGEST = 1 << 20;

/** A policy from the text of its file; throws Wrong, naming the line. */
export async function parsePolicy(text: string): Promise<Policy> {
  if (text.length > LARGEST) throw new Wrong("wrong.policy.large");
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new Wrong("wrong.policy.control");
  const logs = new Map<string, Key>();
  const witnesses = new Map<string, Key>();
  const groups = new Map<string, Group>();
  const members = new Set<string>();
  const known = new Set<string>();
  let quorum: string | null = null;

  const named = (name: string): boolean => witnesses.has(name) || groups.has(name);
  const fresh = (name: string): string => {
    if (name === NONE || named(name) || logs.has(name))
      throw new Wrong("wrong.policy.taken", { name: quoted(name) });
    return name;
  };
  const defined = (name: string): string => {
    if (!named(name)) throw new Wrong("wrong.policy.unknown", { name: quoted(name) });
    return name;
  };
  const key = async (vkey: string, kind: number): Promise<Key> => {
    const found = await parseKey(vkey);
    if (found.kind !== kind) throw new Wrong("wrong.policy.kind", { name: found.name });
    const public_ = `${kind} ${found.bytes.join()}`;
    if (known.has(public_)) throw new Wrong("wrong.policy.twice", { name: found.name });
    known.add(public_);
    return found;
  };
  const read = async ([keyword, ...words]: readonly string[]): Promise<void> => {
    const [first = "", second = ""] = words;
    if (keyword === "log" && (words.length === 1 || words.length === 2)) {
      logs.set(fresh(first), await key(first, ED25519));
    } else if (keyword === "witness" && (words.length === 2 || words.length === 3)) {
      witnesses.set(fresh(first), await key(second, COSIGNATURE));
    } else if (keyword === "group" && words.length >= 3) {
      const inside = words.slice(2);
      fresh(first);
      for (const each of inside) {
        if (members.has(defined(each))) throw new Wrong("wrong.policy.member", { name: quoted(each) });
        members.add(each);
      }
      groups.set(first, { least: threshold(second, inside.length), members: inside });
    } else if (keyword === "quorum" && words.length === 1) {
      if (quorum !== null) throw new Wrong("wrong.policy.quorums");
      quorum = first === NONE ? NONE : defined(first);
    } else {
      throw new Wrong("wrong.policy.line", { line: quoted([keyword, ...words].join(" ")) });
    }
  };

  for (const [at, line] of text.split("\n").entries()) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (!words.length || words[0]!.startsWith("#")) continue;
    try {
      await read(words);
    } catch (error) {
      if (error instanceof Wrong) throw new Wrong(error.key, { ...error.values, at: String(at + 1) });
      throw error;
    }
  }
  if (quorum === null) throw new Wrong("wrong.policy.noquorum");
  return { logs: [...logs.values()], witnesses, groups, quorum };
}

function threshold(said: string, most: number): number {
  const found =
    said === "any" ? 1 : said === "all" ? most : /^[1-9][0-9]{0,5}$/.test(said) ? Number(said) : 0;
  if (found < 1 || found > most) throw new Wrong("wrong.policy.threshold", { said: quoted(said), most });
  return found;
}

/** Whether these witnesses, by the policy's names, are as many as it asks for. */
export function satisfied(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  const holds = new Map([...policy.witnesses.keys()].map((name) => [name, cosigned.has(name)]));
  for (const [name, group] of policy.groups) {
    holds.set(name, group.members.filter((each) => holds.get(each)).length >= group.least);
  }
  return policy.quorum === NONE || holds.get(policy.quorum) === true;
}
