"""Pages about the log and its changes: plain HTML that needs no script, no styles and no other host."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

from openleo.http.approving import PATH as APPROVE
from openleo.http.frame import clean, document, row, sentences
from openleo.ledger.encoding import to_base64
from openleo.ledger.words import quorum_words
from openleo.service.governance.telling.entry import LINKS
from openleo.service.governance.telling.state import holding_lines
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language

if TYPE_CHECKING:
    from openleo.http.shown import Book, Shown
    from openleo.service.governance.drafts import Waiting

_LIMIT: Final = (
    "The log proves what was decided, and that nothing of it was changed or taken out later. It does not "
    "prove that a satellite, or anybody else, obeyed; nor that what an entry says is true.",
    "Le journal prouve ce qui a été décidé, et que rien n'en a été changé ni retiré depuis. Il ne prouve pas "
    "qu'un satellite, ou qui que ce soit, ait obéi, ni que ce que dit une entrée soit vrai.",
)


def entry(shown: "Shown") -> str:
    """The page of one entry."""
    book, index = shown.book, shown.index
    language = book.language
    said, state = shown.lines, ""
    if shown.placed is not None or (book.record and any(at == index for at, _ in book.record.unseen)):
        *said, state = said
    title = f"{pick(language, 'Entry', 'Entrée')} {index}"
    time = f", {escape(shown.entry.time)}" if shown.entry is not None else ""
    parts = [
        _ways(shown),
        f"<h1>{title}</h1>",
        f'<p class="what">{escape(shown.name)}{time}, {escape(book.checkpoint.origin)}</p>',
        f'<p class="state">{escape(state)}</p>' if state else "",
        *sentences(said),
        *_texts(shown, language),
        *_links(shown, language),
        *_proof(shown, language),
        f"<h2>{pick(language, 'The entry as it stands', 'L’entrée telle qu’elle est inscrite')}</h2>",
        f"<pre>{escape(_plain(shown))}</pre>",
        *_limit(language),
    ]
    return document(f"{title}, {book.checkpoint.origin}", parts, language)


def entries(book: "Book", found: Sequence["Shown"]) -> str:
    """The page of the latest entries, or of those before one."""
    language, origin = book.language, book.checkpoint.origin
    other, name = ("en", "English") if language == "fr" else ("fr", "Français")
    last = found[-1].index if found else 0
    parts = [
        f'<nav><a href="/log?lang={other}" hreflang="{other}" lang="{other}">{name}</a></nav>',
        f"<h1>{escape(origin)}</h1>",
        '<p class="what">'
        + pick(
            language,
            "A public, append-only log. This server enforces the rules in it and no others.",
            "Un journal public, en ajout seul. Ce serveur n’applique que les règles qui y figurent.",
        )
        + "</p>",
    ]
    if book.record is not None:
        held = book.record.holds_at(book.now_s)
        said = " ".join(holding_lines(held, book.record, language))
        parts.append(f'<p class="state">{escape(clean(said))}</p>')
    parts += ["<table>", *_checkpoint(book, language), "</table>"]
    parts.append(
        f"<h2>{pick(language, 'Entries, the newest first', 'Entrées, de la plus récente')}</h2><table>"
    )
    for each in found:
        parts.append(
            f'<tr><td class="n"><a href="{_page(each.index, language)}">{each.index}</a></td>'
            f"<td>{escape(_head(each.head))}</td></tr>"
        )
    parts.append("</table>")
    if last:
        older = pick(language, "Older entries", "Entrées plus anciennes")
        parts.append(f'<p><a href="/log?before={last}{_and(language)}">{older}</a></p>')
    return document(origin, [*parts, *_trust(book, language), *_limit(language)], language)


def draft(waiting: "Waiting", language: Language) -> str:
    """The page of a change that is put up for approval."""
    change = waiting.change
    title = f"{pick(language, 'Draft', 'Projet')} {change.hash[:12]}"
    if waiting.wrong:
        head = pick(language, "It would not count: ", "Il ne compterait pas : ")
        state = [f"{head}{said_by(each)}" for each in waiting.wrong]
    elif waiting.lacks:
        state = [said_by(waiting.lacks)]
    else:
        state = [
            pick(language, "It has the approvals that it needs.", "Il a les approbations qu’il lui faut.")
        ]
    rows = [
        (pick(language, "hash, which is signed", "empreinte, qui est signée"), change.hash),
        (pick(language, "made for rules", "fait pour les règles"), change.base or "-"),
        (pick(language, "new rules", "nouvelles règles"), change.digest),
    ]
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="what">{escape(clean(change.name))}</p>',
        *(f'<p class="state">{escape(clean(each))}</p>' for each in state),
        *sentences(map(clean, waiting.lines(language))),
        "<table>",
        *(row(name, f"<code>{escape(value)}</code>") for name, value in rows),
        "</table>",
        f"<h2>{pick(language, 'How to approve it', 'Comment l’approuver')}</h2>",
        "<p>",
        pick(
            language,
            f"Take the draft file (/v1/changes/{change.hash}/draft). Offline, with your own key, which "
            "stays with you:",
            f"Prenez le fichier du projet (/v1/changes/{change.hash}/draft). Hors ligne, avec votre clé, qui "
            "reste chez vous :",
        ),
        "</p><pre>openleo rules approve change.json --key mine.key</pre>",
        f'<p><a href="{APPROVE}?change={change.hash}{_and(language)}">',
        pick(language, "Or sign it in this browser", "Ou signez-le dans ce navigateur"),
        "</a></p>",
    ]
    return document(title, parts, language)


def _ways(shown: "Shown") -> str:
    """Ways to other pages."""
    language, index = shown.book.language, shown.index
    other, name = ("en", "English") if language == "fr" else ("fr", "Français")
    ways = [f'<a href="/log{_query(language)}">{pick(language, "All entries", "Toutes les entrées")}</a>']
    if index:
        ways.append(
            f'<a rel="prev" href="{_page(index - 1, language)}">{pick(language, "Before", "Précédente")}</a>'
        )
    if index + 1 < shown.book.size:
        ways.append(
            f'<a rel="next" href="{_page(index + 1, language)}">{pick(language, "After", "Suivante")}</a>'
        )
    ways.append(f'<a href="/log/{index}.json{_query(language)}">JSON</a>')
    ways.append(f'<a href="/log/{index}?lang={other}" hreflang="{other}" lang="{other}">{name}</a>')
    return f"<nav>{' '.join(ways)}</nav>"


def _texts(shown: "Shown", language: Language) -> Iterator[str]:
    for name, media, text in shown.texts:
        url = shown.book.url
        where = f"object/{name}"
        link = f'<a href="{escape(f"{url.rstrip(chr(47))}/{where}")}">{where}</a>' if url else where
        head = pick(language, "Beside the log", "À côté du journal")
        yield f"<p>{head}, {escape(media)}{_colon(language)}<code>{link}</code></p>"
        if text is not None:
            yield f"<blockquote>{escape(text)}</blockquote>"


def _links(shown: "Shown", language: Language) -> Iterator[str]:
    links = shown.links
    if links:
        yield f"<h2>{pick(language, 'It goes with', 'Elle va avec')}</h2><ul>"
        for index, what in links:
            said = pick(language, *LINKS[what])
            to = f'<a href="{_page(index, language)}">{pick(language, "entry", "entrée")} {index}</a>'
            yield f"<li>{escape(said)}{_colon(language)}{to}</li>"
        yield "</ul>"


def _checkpoint(book: "Book", language: Language) -> Iterator[str]:
    """Rows about the checkpoint and who vouches for it."""
    size = f"{book.size} {pick(language, 'entries', 'entrées')}"
    root = f"{pick(language, 'root', 'racine')} <code>{escape(to_base64(book.checkpoint.root))}</code>"
    yield row(pick(language, "checkpoint", "point de contrôle"), f"{size}, {root}")
    yield row(
        pick(language, "witnesses", "témoins"),
        pick(language, "asked for: ", "demandés : ") + escape(clean(quorum_words(book.policy))),
    )
    for name, time in book.cosigned:
        said = (
            pick(language, f"cosigned at {time}, by its own clock", f"cosigné le {time}, selon son horloge")
            if time
            else pick(language, "has not cosigned this checkpoint", "n'a pas cosigné ce point de contrôle")
        )
        yield row(pick(language, "witness", "témoin"), f"{escape(clean(name))}{_colon(language)}{said}")


def _proof(shown: "Shown", language: Language) -> Iterator[str]:
    """Where it stands in the log, and how anybody checks that."""
    index, file = shown.index, f"{shown.index}.tlog-proof"
    yield f"<h2>{pick(language, 'Its place in the log', 'Sa place dans le journal')}</h2><table>"
    yield row("index", str(index))
    leaf = pick(language, "leaf hash", "empreinte")
    of = pick(language, "of a zero byte and the entry", "d’un octet nul et de l’entrée")
    yield row(
        leaf,
        f"<code>{shown.leaf}</code> (SHA-256 {of})",
    )
    yield from _checkpoint(shown.book, language)
    yield row(
        pick(language, "proof", "preuve"),
        f'<a href="/log/{file}">{file}</a> (<a href="https://c2sp.org/tlog-proof">c2sp.org/tlog-proof</a>)',
    )
    yield "</table>"
    yield f"<h2>{pick(language, 'How to check it', 'Comment vérifier')}</h2>"
    yield (
        "<p>"
        + pick(
            language,
            "Take the proof, and a policy with the keys that you heard from somebody else. Offline, with "
            "OpenLEO:",
            "Prenez la preuve, et une politique avec les clés que quelqu’un d’autre vous a données. Hors "
            "ligne, avec OpenLEO :",
        )
        + "</p>"
    )
    yield f"<pre>openleo ledger verify {file} --policy policy.txt</pre>"
    yield (
        "<p>"
        + pick(
            language,
            "Without it, this prints the leaf hash above; the rest of the way is in docs/ledger.md:",
            "Sans lui, ceci affiche l’empreinte ci-dessus ; la suite est dans docs/ledger.md :",
        )
        + "</p>"
    )
    yield (f"<pre>sed -n 's/^extra //p' {file} | base64 -d | (printf '\\000'; cat) | sha256sum</pre>")


def _trust(book: "Book", language: Language) -> Iterator[str]:
    yield f"<h2>{pick(language, 'Whom this server trusts', 'À qui ce serveur se fie')}</h2>"
    yield (
        "<p>"
        + pick(
            language,
            "Its policy. Compare the keys with what you heard from somebody else, for a false server would "
            "show its own.",
            "Sa politique. Comparez les clés avec ce que quelqu’un d’autre vous a dit : un faux serveur "
            "montrerait les siennes.",
        )
        + "</p>"
    )
    public = replace(book.policy, urls={})
    yield f"<pre>{escape(clean(public.raw.decode('utf-8', 'replace')))}</pre>"
    if book.url:
        here = pick(language, "All of it is read and audited at", "Tout se lit et se vérifie à")
        yield f"<p>{here} <code>{escape(book.url)}</code>{_colon(language)}</p>"
        yield f"<pre>openleo audit {escape(book.url)} --policy policy.txt</pre>"


def _limit(language: Language) -> list[str]:
    head = pick(language, "What it does not prove", "Ce que cela ne prouve pas")
    return [f'<h2>{head}</h2><p class="limit">{escape(pick(language, *_LIMIT))}</p>']


def _plain(shown: "Shown") -> str:
    """The entry itself, for reading: its JSON on several lines."""
    if shown.entry is None:
        return clean(shown.raw.decode("utf-8", "replace"))
    return clean(json.dumps(shown.entry.value, ensure_ascii=False, indent=2))


def _head(line: str) -> str:
    """The first sentence of an entry, without the number that stands beside it."""
    return line if len(line) <= 300 else f"{line[:299]}…"


def _colon(language: Language) -> str:
    return " : " if language == "fr" else ": "


def _page(index: int, language: Language) -> str:
    return f"/log/{index}{_query(language)}"


def _query(language: Language) -> str:
    return "?lang=fr" if language == "fr" else ""


def _and(language: Language) -> str:
    return "&amp;lang=fr" if language == "fr" else ""
