// What all of the page uses; and a draft, read and checked against the names in it.
const LARGEST = 64 * 2 ** 20, LARGEST_ENTRY = 65535, HEAD = 65, AROUND = 3, MOST_LINES = 3000;
const CHANGE = ["approvals", "base", "basis", "differs", "digest", "effective_at", "ends_at", "kind", "log", "maps",
  "name", "power", "reason", "request", "requester", "rules", "stages", "time", "touches", "type", "version"];
const TEXTS = ["base", "basis", "digest", "effective_at", "ends_at", "kind", "log", "maps", "name", "power",
  "reason", "requester", "time"];
const TOUCHES = ["accounts", "at", "cells", "gains", "gbps", "loses", "terminals", "unknown"];
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const PKCS8 = "302e020100300506032b657004220420";  // RFC 8410, section 7: what stands before the 32 bytes
const A_POINT = "58" + "66".repeat(31);  // of Ed25519, its base: a public key with which to try the browser

const $ = (id) => document.getElementById(id);
const served = location.protocol === "http:" || location.protocol === "https:";
const asked = new URLSearchParams(location.search);
let language = asked.get("lang") === "fr" ? 1 : 0;
let turn = 0, draft = null, key = null, pending = null, signed = null, address = "";

const say = (en, fr) => [en, fr][language];
const clean = (text) => String(text).replace(HIDDEN, "\ufffd");
class Wrong extends Error {
  constructor(en, fr) { super(en); this.said = [en, fr]; }
}
function tell(id, text) {
  $(id).hidden = !text;
  $(id).textContent = text ? clean(text) : "";
}
function fail(id, error) {
  const unknown = [`This browser: ${error.message}`, `Ce navigateur : ${error.message}`];
  tell(id, (error instanceof Wrong ? error.said : unknown)[language]);
}
function list(id, lines) {
  $(id).replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = clean(line);
    return item;
  }));
}

// Bytes and JSON

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) || [], (two) => parseInt(two, 16));
const toHex = (bytes) => Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => toHex(await crypto.subtle.digest("SHA-256", bytes));
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function fromBase64(text, what) {
  const no = new Wrong(`${what}: standard base64 is allowed.`, `${what} : du base64 standard est permis.`);
  let raw;
  try { raw = atob(text); } catch { throw no; }
  if (typeof text !== "string" || btoa(raw) !== text) throw no;
  return Uint8Array.from(raw, (one) => one.charCodeAt(0));
}

// RFC 8785: ECMAScript's own spelling, keys in the order of their UTF-16 code units.
function canonical(value, depth = 0) {
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Wrong("text: a lone surrogate; Unicode text is allowed.",
      "texte : un demi-caractère ; du texte Unicode est permis.");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      throw new Wrong(`number: ${value}; at most 2^53 - 1 is allowed.`,
        `nombre : ${value} ; 2^53 - 1 au plus est permis.`);
    }
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (depth === 32) throw new Wrong("JSON: nested deeper than 32.", "JSON : plus de 32 niveaux.");
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth + 1)).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${canonical(name)}:${canonical(value[name], depth + 1)}`).join(",")}}`;
}

function parsed(bytes, kind, members) {
  let value;
  try { value = JSON.parse(textOf(bytes)); } catch {
    throw new Wrong(`The file is no JSON; a file of kind “${kind}” is allowed.`,
      `Le fichier n’est pas du JSON ; un fichier de type « ${kind} » est permis.`);
  }
  if (!isTable(value) || value.openleo !== kind || value.version !== 1) {
    throw new Wrong(`The file is no “${kind}” of version 1.`, `Le fichier n’est pas un « ${kind} » de version 1.`);
  }
  exactly(value, ["openleo", "version", ...members], kind);
  return value;
}

function exactly(value, members, what) {
  const found = isTable(value) ? Object.keys(value) : [];
  const odd = [...members.filter((name) => !found.includes(name)),
    ...found.filter((name) => !members.includes(name))];
  if (odd.length || !isTable(value))
    throw new Wrong(`${what}: ${(odd[0] ?? "").slice(0, 40)}: is missing, or is not of it.`,
    `${what} : ${(odd[0] ?? "").slice(0, 40)} : manque, ou n’y a pas sa place.`);
}

// The draft: read, and checked against the names in it

function checkChange(change) {
  exactly(change, CHANGE, "change");
  const no = (name) => new Wrong(`change: ${name}: is not what a change of version 1 has there.`,
    `change : ${name} : n’est pas ce qu’un changement de version 1 y porte.`);
  if (change.type !== "rules-change" || change.version !== 1) throw no("type");
  for (const name of TEXTS) if (typeof change[name] !== "string") throw no(name);
  if (!Object.hasOwn(KINDS, change.kind)) throw no("kind");
  if (!Object.hasOwn(POWERS, change.power)) throw no("power");
  if ((change.kind === "first") !== (change.base === "")) throw no("base");
  if (!TIME.test(change.effective_at)) throw no("effective_at");
  if (!Number.isInteger(change.request)) throw no("request");
  for (const name of ["approvals", "differs", "stages"]) if (!Array.isArray(change[name])) throw no(name);
  if (!change.differs.every((each) => typeof each === "string")) throw no("differs");
  exactly(change.rules, ["media", "object", "size"], "rules");
  for (const each of change.stages) {
    exactly(each, ["at", "regions", "share"], "stages");
    if (typeof each.share !== "number" || !Array.isArray(each.regions)) throw no("stages");
  }
  for (const each of change.approvals) {
    exactly(each, ["interests", "name", "signature", "statement", "time"], "approvals");
    if (!Object.values(each).every((one) => typeof one === "string") || !Object.hasOwn(STATEMENTS, each.statement))
      throw no("approvals");
    if (!/^[0-9a-f]{128}$/.test(each.signature)) throw no("approvals");
  }
  if (change.touches !== null) exactly(change.touches, TOUCHES, "touches");
}

function packOf(bytes, what) {
  const no = new Wrong(`${what}: is no pack of rules.`, `${what} : n’est pas un paquet de règles.`);
  let text, pack;
  try { text = textOf(bytes); pack = JSON.parse(text); } catch { throw no; }
  exactly(pack, ["files", "rules"], what);
  if (typeof pack.rules !== "string" || !isTable(pack.files) || canonical(pack) !== text) throw no;
  if (!Object.values(pack.files).every((each) => typeof each === "string")) throw no;
  return pack;
}

async function read(bytes, name) {
  if (bytes.length > LARGEST) throw new Wrong("The file is larger than 64 MiB.", "Le fichier dépasse 64 Mio.");
  const table = parsed(bytes, "rules draft", ["change", "rules", "base"]);
  const change = table.change;
  checkChange(change);
  const { approvals, ...bare } = change;
  const text = canonical(bare), hash = await sha256(bytesOf(text));
  if (name && name !== hash)
    throw new Wrong(`The hash of this change is ${hash}; ${name} was asked for. Sign nothing.`,
    `L’empreinte de ce changement est ${hash} ; ${name} était demandé. Ne signez rien.`);
  const sealed = fromBase64(table.rules, "rules"), found = await sha256(sealed);
  if (found !== change.rules.object) throw new Wrong(`rules: their SHA-256 is ${found}; the change names ` +
    `${change.rules.object}. These are not the rules of this change: sign nothing.`,
    `rules : leur SHA-256 est ${found} ; le changement nomme ${change.rules.object}. Ce ne sont pas les règles de ce ` +
    "changement : ne signez rien.");
  if (sealed.length !== change.rules.size) throw new Wrong(`rules: ${sealed.length} bytes; the change names ` +
    `${change.rules.size}.`, `rules : ${sealed.length} octets ; le changement en nomme ${change.rules.size}.`);
  if (!/^[0-9a-f]{64}\n$/.test(String.fromCharCode(...sealed.subarray(0, HEAD)))) {
    throw new Wrong("rules: no salt stands before them.", "rules : aucun sel ne les précède.");
  }
  const raw = fromBase64(table.base, "base");
  if ((raw.length === 0) !== (change.kind === "first")) throw new Wrong(
    "base: the rules before are missing, or the first rules have some.",
    "base : les règles d’avant manquent, ou les premières règles en ont.");
  return { table, change, text, hash, after: packOf(sealed.subarray(HEAD), "rules"),
    before: raw.length ? packOf(raw, "base") : null };
}

// Pairs of a sign and a line: " " in both, "-" only before, "+" only after.
function compared(before, after) {
  const old = before.split("\n"), now = after.split("\n");
  let start = 0, end = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const a = old.slice(start, old.length - end), b = now.slice(start, now.length - end);
  const out = old.slice(0, start).map((line) => [" ", line]);
  let i = 0, j = 0;
  if (a.length * b.length <= 4e6) {  // the longest common run of lines; of longer texts all lines are told
    const wide = b.length + 1, common = new Uint32Array((a.length + 1) * wide);
    for (let x = a.length - 1; x >= 0; x--) {
      for (let y = b.length - 1; y >= 0; y--) {
        common[x * wide + y] = a[x] === b[y] ? common[(x + 1) * wide + y + 1] + 1
          : Math.max(common[(x + 1) * wide + y], common[x * wide + y + 1]);
      }
    }
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) { out.push([" ", a[i++]]); j++; }
      else if (common[(i + 1) * wide + j] >= common[i * wide + j + 1]) out.push(["-", a[i++]]);
      else out.push(["+", b[j++]]);
    }
  }
  for (; i < a.length; i++) out.push(["-", a[i]]);
  for (; j < b.length; j++) out.push(["+", b[j]]);
  return [...out, ...old.slice(old.length - end).map((line) => [" ", line])];
}
