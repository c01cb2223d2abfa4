// Approve a change of rules with a key that stays here. Everything is put into the page as text, never as
// HTML; the key is neither kept, nor shown, nor sent.

async function load(given, name) {
  const mine = ++turn;
  draft = null;
  forget();
  tell("draft-wrong", "");
  render();
  try {
    const found = await read(await given(), name);
    if (mine !== turn) return;
    draft = found;
    render();
    $("two").focus();
  } catch (error) {
    if (mine === turn) fail("draft-wrong", error);
  }
}

// What is shown of it

function showTexts() {
  const { before, after, change } = draft;
  const all = compared(before ? before.rules : "", after.rules);
  const kept = all.map(() => false);
  all.forEach(([sign], at) => {
    if (sign !== " ") kept.fill(true, Math.max(0, at - AROUND), at + AROUND + 1);
  });
  const lines = [], line = (kind, text) => {
    const made = document.createElement("span");
    if (kind) made.className = kind;
    made.textContent = clean(text).replaceAll("\r", "\ufffd");
    lines.push(made);
  };
  let skipped = 0, untold = 0;
  const gap = () => {
    if (skipped) line("gap", say(`(${skipped} lines that are the same)`, `(${skipped} lignes identiques)`));
    skipped = 0;
  };
  all.forEach(([sign, text], at) => {
    if (!kept[at]) skipped++;
    else if (lines.length >= MOST_LINES) untold += sign !== " ";
    else { gap(); line({ "+": "came", "-": "went" }[sign], `${sign} ${text}`); }
  });
  gap();
  if (untold) line("wrong",
    say(`${untold} more lines differ and are not shown here. Read them all before you sign: ` +
    "openleo rules show.",
      `${untold} autres lignes diffèrent et ne sont pas montrées ici. Lisez-les toutes avant de ` +
    "signer : openleo rules show."));
  if (all.every(([sign]) => sign === " ")) line("", say("The texts are the same.", "Les textes sont identiques."));
  $("lines").replaceChildren(...lines);
  $("lines").setAttribute("aria-label", SAID.texts[language]);
  $("compared").textContent = before
    ? say(`+ stands in the new rules alone, - in those before. The new ones are those that the change names, by SHA-256. ` +
      `That the others are the rules ${change.base.slice(0, 12)} is not checked here; openleo rules show does.`,
      `+ ne figure que dans les nouvelles règles, - que dans celles d’avant. Les nouvelles sont celles que nomme le ` +
      `changement, par SHA-256. Que les autres soient les règles ${change.base.slice(0, 12)} n’est pas vérifié ici ; ` +
      "openleo rules show le fait.")
    : say("These are the first rules, all of them; the change names them by SHA-256.",
      "Ce sont les premières règles, en entier ; le changement les nomme par SHA-256.");
  const were = before ? before.files : {}, now = after.files;
  list("files", [...new Set([...Object.keys(were), ...Object.keys(now)])].sort().flatMap((name) => {
    if (were[name] === now[name] && Object.hasOwn(were, name)) return [];
    const what = !Object.hasOwn(were, name) ? say("is new", "est nouveau")
      : !Object.hasOwn(now, name) ? say("is taken out", "est retiré") : say("is another", "est un autre");
    return [say(`The outline file ${name} ${what}. It is not drawn here; openleo rules dry-run draws it.`,
      `Le fichier de contour ${name} ${what}. Il n’est pas dessiné ici ; openleo rules dry-run le dessine.`)];
  }));
}

function facts(change) {
  const none = say("none is given", "aucune n’est donnée"), found = change.touches;
  const rows = [
    [say("Hash, which is signed", "Empreinte, qui est signée"), draft.hash],
    [say("Log", "Journal"), change.log],
    [say("Kind", "Nature"), KINDS[change.kind][language] + POWERS[change.power][language]],
    [say("New rules", "Nouvelles règles"), `${change.name} (${change.digest.slice(0, 12)})`],
    [say("Made for", "Fait pour"), change.base ? say("the rules ", "les règles ") + change.base.slice(0, 12) : "-"],
    [say("Asked for by", "Demandé par"), change.requester],
    [say("Reason given", "Motif donné"), change.reason],
    [say("Legal basis", "Base légale"), change.basis || none],
    [say("Drafted", "Rédigé"), change.time],
    [say("In force from", "En vigueur dès"), change.effective_at],
  ];
  if (change.ends_at) rows.push([say("Ends by itself", "Prend fin seul"), change.ends_at]);
  if (change.request >= 0) rows.push([say("Follows", "Fait suite à"), say("the request of entry ",
    "la demande de l’entrée ") + change.request]);
  rows.push([say("Whom it touches", "Qui est touché"), found === null
    ? say("no dry run says so", "aucun essai à blanc ne le dit")
    : say(`by a dry run of the drafter: terminals ${found.terminals}, accounts ${found.accounts}, cells ${found.cells}`,
      `essai à blanc de l’auteur : terminaux ${found.terminals}, comptes ${found.accounts}, cellules ${found.cells}`) +
      (found.gbps === null ? "" : `, ${found.gbps} Gbit/s`) +
      say(`; lose service: ${found.loses}, gain it: ${found.gains}`,
        ` ; perdent le service : ${found.loses}, le gagnent : ${found.gains}`) +
      (found.at ? say(`; as of ${found.at}`, ` ; en date du ${found.at}`) : "") +
      (found.unknown ? say(`; terminals whose position it does not know: ${found.unknown}`,
        ` ; terminaux dont il ne connaît pas la position : ${found.unknown}`) : "")]);
  const stages = change.stages.map((each, at) => `${at + 1}. ${each.at}${say(": ", " : ")}` +
    (each.regions.length ? each.regions.join(", ")
      : `${Number((100 * each.share).toPrecision(6))} % ${say("of the terminals", "des terminaux")}`));
  rows.push([say("Stages", "Étapes"), stages.join("\n") || say("none, all at once", "aucune, tout à la fois")]);
  return rows;
}

function render() {
  document.documentElement.lang = say("en", "fr");
  document.title = SAID.title[language];
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = SAID[each.dataset.say][language].replace(/ ([:;?!])/g, "\u00a0$1");
  $("language").textContent = say("Français", "English");
  $("language").lang = say("fr", "en");
  $("about").textContent = say("Shows a draft, checks that its rules are those that it names, and signs it with your key, " +
    "in this page alone.",
      "Montre un projet, vérifie que ses règles sont celles qu’il nomme, et le signe avec votre clé, " +
    "dans cette seule page.");
  tell("trust", served
    ? say("A server gave you this page, and whoever runs it could give you another one that keeps your " +
    "key. If you cannot rule that out: openleo rules approve --page approve.html writes it from the program that you have; " +
    "open it from your disk, without a network.",
      "Un serveur vous a donné cette page, et qui le tient pourrait en donner une " +
    "autre, qui garde votre clé. Si vous ne pouvez l’exclure : openleo rules approve --page approve.html l’écrit à partir " +
    "du programme que vous avez ; ouvrez-la depuis votre disque, sans réseau.") : "");
  $("served").hidden = !served;
  $("shown").hidden = $("signing").hidden = draft === null;
  $("ask").hidden = pending === null;
  $("done").hidden = signed === null;
  $("hand").hidden = !served;
  $("key-good").hidden = key === null;
  if (key) $("key-good").textContent = clean(say(`Key of ${key.name}, public half ${key.public}`,
    `Clé de ${key.name}, moitié publique ${key.public}`));
  if (pending) {
    $("asked").textContent = clean(say(`You sign as ${pending.approval.name}: ${SAID[pending.approval.statement][0]} ` +
      `Interests: ${pending.approval.interests || "none declared"}. Do you want to?`,
      `Vous signez en tant que ${pending.approval.name} : ${SAID[pending.approval.statement][1]} Intérêts : ` +
      `${pending.approval.interests || "aucun déclaré"}. Le voulez-vous ?`));
    $("signed-text").textContent = pending.text;
  }
  if (signed) $("done-text").textContent = clean(say(`Signed by ${signed.approval.name} at ${signed.approval.time}. Nothing was sent.`,
    `Signé par ${signed.approval.name} le ${signed.approval.time}. Rien n’a été envoyé.`));
  if (!draft) return;
  const { change } = draft;
  list("checks", [
    say("The rules in the draft are those that the change names (SHA-256, with their salt).",
      "Les règles du projet sont celles que nomme le changement (SHA-256, avec leur sel)."),
    say("The hash below was computed here from the whole change. Compare it with the one that you were told.",
      "L’empreinte ci-dessous a été calculée ici à partir du changement entier. Comparez-la avec celle qu’on vous a dite.")]);
  tell("late", Date.parse(change.effective_at) <= Date.now()
    ? say("The time from which it is to be in force has passed: " +
    "it would not count, and must be drafted anew.",
      "L’heure de son entrée en vigueur est passée : il ne compterait pas, " +
    "et doit être refait.") : "");
  $("facts").replaceChildren(...facts(change).map(([head, value]) => {
    const row = document.createElement("tr"), name = document.createElement("th"),
      cell = document.createElement("td");
    name.scope = "row";
    name.textContent = head;
    cell.textContent = clean(value);
    row.append(name, cell);
    return row;
  }));
  list("differs", change.differs.length ? change.differs : [say("It says nothing.", "Il n’en dit rien.")]);
  showTexts();
  list("approvals", change.approvals.length
    ? change.approvals.map((each) => `${each.name} ${STATEMENTS[each.statement][language]}, ` +
    each.time + (each.interests ? say("; interests: ", " ; intérêts : ") + each.interests : ""))
    : [say("none", "aucune")]);
  $("exact").textContent = clean(draft.text);
}

// The key, and the signature

function forget() {
  key = pending = signed = null;
  for (const id of ["key", "name", "interests"]) $(id).value = "";
  document.querySelector("input[value=approve]").checked = true;
  URL.revokeObjectURL(address);
  $("save").removeAttribute("href");
  $("hand-in").disabled = false;
  for (const id of ["sign-wrong", "handed"]) tell(id, "");
}

async function loadKey(file) {
  key = pending = null;
  tell("sign-wrong", "");
  render();
  if (!file) return;
  const mine = turn;
  try {
    if (file.size > 65536) throw new Wrong("The file is no key file.", "Le fichier n’est pas un fichier de clé.");
    const table = parsed(new Uint8Array(await file.arrayBuffer()), "approver key", ["name", "public", "private"]);
    for (const name of ["public", "private"]) if (!/^[0-9a-f]{64}$/.test(table[name])) {
      throw new Wrong(`${name}: 64 digits 0-9 and a-f are allowed.`,
        `${name} : 64 chiffres 0-9 et a-f sont permis.`);
    }
    const raw = fromHex(PKCS8 + table.private);
    const half = await crypto.subtle.importKey("pkcs8", raw, "Ed25519", false, ["sign"]);
    raw.fill(0);
    const other = await crypto.subtle.importKey("raw", fromHex(table.public), "Ed25519", false, ["verify"]);
    if (mine !== turn) return;
    pending = null;
    key = { name: String(table.name), public: table.public, half, other };
    $("name").value = key.name;
  } catch (error) {
    fail("sign-wrong", error instanceof Wrong ? error : new Wrong("The key cannot be used by this browser.",
      "La clé ne peut servir dans ce navigateur."));
  }
  render();
}

async function prepare() {
  pending = null;
  tell("sign-wrong", "");
  const { change, hash, before, after } = draft, mine = turn;
  try {
    const name = $("name").value.trim(), interests = $("interests").value;
    const statement = document.querySelector("input[name=statement]:checked").value;
    if (!key) throw new Wrong("Choose your key file first.", "Choisissez d’abord votre fichier de clé.");
    if (!name || name.includes("\t") || clean(name) !== name) throw new Wrong("Name: one line of words is needed.",
      "Nom : une ligne de mots est nécessaire.");
    if ([...interests].length > 4096 || interests.includes("\t") || clean(interests) !== interests) {
      throw new Wrong("Interests: at most 4096 characters, without control characters.",
        "Intérêts : 4096 caractères au plus, sans caractères de commande.");
    }
    if (!(before ?? after).rules.includes(key.public))
      throw new Wrong(`This key would not count: its public half, ${key.public}, ` +
      "does not stand in the rules that the change was made for.",
        `Cette clé ne compterait pas : sa moitié publique, ${key.public}, ` +
      "ne figure pas dans les règles pour lesquelles le changement est fait.");
    const rules = (before ?? after).rules, spelt = JSON.stringify(name).slice(1, -1);
    if (!rules.includes(name) && !rules.includes(spelt)) throw new Wrong(
      `Name: ${name}; the rules that the change was made for do not have it.`,
      `Nom : ${name} ; les règles pour lesquelles le changement est fait ne l’ont pas.`);
    if (statement === "approve" && change.kind !== "emergency"
      && name.toLowerCase() === change.requester.trim().toLowerCase()) {
      throw new Wrong(`${name} asked for the change, and so cannot approve it.`,
        `${name} a demandé le changement, et ne peut donc l’approuver.`);
    }
    for (const each of change.approvals) {
      const text = await textFor(hash, each);
      if (each.name === name && await holds(key.other, each.signature, text)) {
        throw new Wrong(`${name} has signed this draft already (${each.statement}).`,
          `${name} a déjà signé ce projet (${each.statement}).`);
      }
    }
    const time = new Date(Date.now()).toISOString().slice(0, 19) + "Z";
    const approval = { interests, name, signature: "0".repeat(128), statement, time };
    if (bytesOf(canonical({ ...change, approvals: [...change.approvals, approval] })).length > LARGEST_ENTRY) {
      throw new Wrong("The change would be longer than an entry of the log may be.",
        "Le changement serait plus long que ne peut l’être une entrée du journal.");
    }
    const text = await textFor(hash, approval);
    if (mine !== turn || !key) return;
    pending = { approval, text };
    render();
    $("asked").focus();
  } catch (error) {
    render();
    fail("sign-wrong", error);
  }
}

async function textFor(hash, said) {
  return `openleo approval 1\n${hash}\n${said.statement}\n${said.time}\n${await sha256(bytesOf(said.interests))}\n`;
}

const holds = (other, signature, text) => crypto.subtle.verify("Ed25519", other, fromHex(signature), bytesOf(text));

async function sign() {
  const { approval, text } = pending, { half, other } = key, { table, change, hash } = draft, mine = turn;
  pending = null;
  try {
    const signature = toHex(await crypto.subtle.sign("Ed25519", half, bytesOf(text)));
    if (!await holds(other, signature, text)) throw new Wrong("public: it is not the public half of this key.",
      "public : ce n’est pas la moitié publique de cette clé.");
    if (mine !== turn) return;
    const made = { ...approval, signature };
    forget();
    const next = { ...change, approvals: [...change.approvals, made] };
    const value = { openleo: table.openleo, version: 1, change: next, rules: table.rules, base: table.base };
    draft = { ...draft, table: value, change: next };  // whoever signs next here adds to it
    address = URL.createObjectURL(new Blob([JSON.stringify(value, null, 1) + "\n"], { type: "application/json" }));
    $("save").href = address;
    signed = { approval: made, hash };
    render();
    $("four").focus();
  } catch (error) {
    render();
    fail("sign-wrong", error);
  }
}

// The server that gave the page, if any; the token is sent with these two requests and kept nowhere

async function ask(path, more = {}) {
  const token = $("token").value.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Wrong("Type a token first.", "Tapez d’abord un jeton.");
  const answer = await fetch(path, { ...more, cache: "no-store", credentials: "omit", redirect: "error",
    headers: { ...more.headers, authorization: `Bearer ${token}` } }).catch(() => {
    throw new Wrong("The server does not answer.", "Le serveur ne répond pas.");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({})), detail = String(problem.detail ?? answer.status);
  throw new Wrong(`The server says: ${detail}`, `Le serveur dit : ${detail}`);
}

function take() {
  const name = $("name-of-change").value.trim();
  $("file").value = "";
  load(async () => {
    if (!/^[0-9a-f]{64}$/.test(name)) throw new Wrong("Hash: 64 digits 0-9 and a-f are allowed.",
      "Empreinte : 64 chiffres 0-9 et a-f sont permis.");
    return new Uint8Array(await (await ask(`v1/changes/${name}/draft`)).arrayBuffer());
  }, name);
}

async function handIn() {
  const { approval, hash } = signed, mine = turn;
  $("hand-in").disabled = true;
  try {
    const answer = await ask(`v1/changes/${hash}/approvals`, { method: "POST", body: JSON.stringify(approval),
      headers: { "content-type": "application/json" } });
    const said = await answer.json();
    if (mine === turn) tell("handed", say("Handed in. ", "Déposée. ") + (said.lacks || said.wrong?.join("; ")
      || say("It has the approvals that it needs.", "Il a les approbations qu’il lui faut.")));
  } catch (error) {
    if (mine !== turn) return;
    fail("handed", error);
    $("hand-in").disabled = false;
  }
}

async function begin() {
  $("name-of-change").value = asked.get("change") ?? "";
  render();
  try {
    await crypto.subtle.importKey("raw", fromHex(A_POINT), "Ed25519", false, ["verify"]);
  } catch {
    tell("unable", window.isSecureContext
      ? say("This browser cannot sign with Ed25519. Chromium 137, Firefox 129 and Safari 17 can, and later ones; or use " +
        "openleo rules approve change.json --key mine.key",
          "Ce navigateur ne sait pas signer avec Ed25519. Chromium 137, " +
        "Firefox 129 et Safari 17 le savent, et les suivants ; ou utilisez openleo rules approve change.json --key mine.key")
      : say("A browser signs only on pages that came by HTTPS, from this machine or from its disk.",
        "Un navigateur ne signe " +
        "que sur des pages venues par HTTPS, de cette machine ou de son disque."));
    for (const id of ["file", "fetch", "key", "show"]) $(id).disabled = true;
  }
}

function edited() {
  pending = null;
  $("ask").hidden = true;
}

$("language").addEventListener("click", () => {
  language = 1 - language;
  for (const id of ["draft-wrong", "sign-wrong", "handed"]) tell(id, "");
  render();
});
// The same file may be chosen again, for it may have changed.
for (const id of ["file", "key"]) $(id).addEventListener("click", () => { $(id).value = ""; });
$("file").addEventListener("change", () => {
  const file = $("file").files[0];
  if (file) load(async () => {
    if (file.size > LARGEST) throw new Wrong("The file is larger than 64 MiB.", "Le fichier dépasse 64 Mio.");
    return new Uint8Array(await file.arrayBuffer());
  }, "");
});
$("fetch").addEventListener("click", take);
$("key").addEventListener("change", () => loadKey($("key").files[0]));
$("show").addEventListener("click", prepare);
$("sign").addEventListener("click", sign);
$("back").addEventListener("click", () => { pending = null; render(); $("show").focus(); });
for (const id of ["name", "interests"]) $(id).addEventListener("input", edited);
for (const each of document.querySelectorAll("input[name=statement]")) each.addEventListener("change", edited);
$("hand-in").addEventListener("click", handIn);
begin();
