"""One look at a plain page: its language, what the server shows, and the frame around what it says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from openleo import __version__
from openleo.http import site
from openleo.http.callers import controller_of
from openleo.http.entries import PAGE
from openleo.http.frame import STYLE_HASH, Html, document, html, link
from openleo.http.problems import Problem, invalid
from openleo.http.words import known, say
from openleo.operate.view.answers import View
from openleo.operate.view.page import Page
from openleo.operate.view.unshown import Unshown
from openleo.service.reasons import Language

if TYPE_CHECKING:
    from openleo.service.controller import Controller

PATH: Final = site.PLAIN
HEADERS: Final = dict(PAGE) | {
    "content-security-policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "vary": "accept-encoding",
}
"""Headers of a page that holds forms, whose answers come from this server alone."""

_PARTS: Final = ("availability", "satellites", "ground", "slots", "reasons")


@dataclass(frozen=True)
class Look:
    """A request for a plain page."""

    request: Request
    language: Language

    @classmethod
    def of(cls, request: Request) -> "Look":
        """What is asked: French where the address says so, English otherwise."""
        return cls(request, "fr" if request.query_params.get("lang") == "fr" else "en")

    @property
    def controller(self) -> "Controller":
        """The controller that answers."""
        return controller_of(self.request)

    @property
    def page(self) -> Page:
        """What the server shows of a network."""
        found: Page = self.request.app.state.page
        return found

    @cached_property
    def view(self) -> View:
        """The same as a whole. Raises Unshown where it is no longer there."""
        return self.page.view()

    @cached_property
    def there(self) -> View | None:
        """The same; None where it is no longer there: the rules can be asked about all the same."""
        try:
            return self.view
        except Unshown:
            return None

    @property
    def slots(self) -> range:
        """The slots that can be shown: all of a run, those that run or come of the clock."""
        view = self.there
        if view is None:
            return range(0)
        return range(view.now_slot or 0, view.slots)

    @cached_property
    def slot(self) -> int:
        """The slot that is asked for; without one the first of a run, or the one that runs.

        Raises Problem where it is no number of a slot that can be shown.
        """
        given, slots = self.asked("slot"), range(self.view.now_slot or 0, self.view.slots)
        if not given:
            return slots.start
        if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) not in slots:
            allowed = f"{slots.start} to {slots.stop - 1}" if slots else "none"
            raise invalid([{"field": "slot", "detail": f"{given[:20]!r} given; {allowed} is allowed"}])
        return int(given)

    def asked(self, name: str) -> str:
        """A parameter of the address without spaces around it, "" without one."""
        given: str = self.request.query_params.get(name, "").strip()
        if len(given) > 200:
            raise invalid([{"field": name, "detail": f"{len(given)} characters; 200 are allowed"}])
        return given

    def say(self, name: str, /, **values: str | int) -> str:
        """A message in the language of the page."""
        return say(self.language, name, **values)

    def word(self, group: str, value: str) -> str:
        """A word that came from data, in the language of the page; itself, where there is no message."""
        name = f"{group}.{value.replace(' ', '_')}"
        return say(self.language, name) if known(name) else value

    def to(self, path: str, **query: str | int) -> str:
        """The address of another page in the same language."""
        given = {name: value for name, value in query.items() if value != ""}
        if self.language != "en":
            given["lang"] = self.language
        return quote(path) + (f"?{urlencode(given)}" if given else "")

    def link(self, text: str, path: str, **query: str | int) -> Html:
        """A way to another page in the same language."""
        return link(self.to(path, **query), text)

    def heading(self, name: str) -> Html:
        """The head of a section."""
        return Html(f"<h2>{html(self.say(name))}</h2>")

    def warnings(self) -> Iterator[Html]:
        """What is the matter with the rules in force: a log not reached, witnesses that are silent."""
        for each in (self.controller.in_force.said() or {}).get("wrong", ()):
            yield Html(f'<p class="limit" lang="en">{html(each)}</p>')

    def place_form(self, text: str = "") -> Html:
        """The question of the page: a place, a region or a satellite, and a slot."""
        slots = self.slots
        hidden = '<input type="hidden" name="lang" value="fr">' if self.language == "fr" else ""
        slot = (
            f'<label>{html(self.say("plain.form.slot", first=slots[0], last=slots[-1]))}<input name="slot" '
            f'type="number" min="{slots[0]}" max="{slots[-1]}" value="{self._slot_or_first}"></label>'
            if len(slots) > 1
            else ""
        )
        return Html(
            f'<form action="{PATH}/place" method="get" role="search"><label>{html(self.say("plain.form.q"))}'
            f'<input name="q" value="{html(text)}" size="32" maxlength="200" required></label>{slot}{hidden}'
            f"<button>{html(self.say('plain.form.ask'))}</button></form>"
        )

    def respond(self, title: str, parts: Iterable[str], status: int = 200) -> Response:
        """The page of these parts, which are HTML already, in the frame that all plain pages have."""
        whole = [
            f"<header>{self._ways()}</header><main>",
            f"<h1>{html(title)}</h1>",
            *parts,
            "</main>",
            self._footer(),
        ]
        name = self.say("common.name")
        text = document(title if title == name else f"{title} · {name}", whole, self.language)
        raw = text.encode("utf-8", "backslashreplace")
        return Response(raw, status, headers=HEADERS, media_type="text/html; charset=utf-8")

    @property
    def _slot_or_first(self) -> int:
        try:
            return self.slot
        except (Problem, Unshown):
            return self.slots[0]

    def _ways(self) -> str:
        ways = [self.link(self.say("plain.start"), PATH)]
        ways += [self.link(self.say(f"plain.way.{part}"), f"{PATH}/{part}") for part in _PARTS]
        if self.request.app.state.reports is not None:
            ways.append(self.link(self.say("reports.title"), f"{PATH}/reports"))
        if self.controller.in_force.enforcement is not None:
            ways.append(self.link(self.say("plain.way.log"), "/log"))
            ways.append(self.link(self.say("plain.way.approve"), "/approve"))
        ways.append(link("/openapi.json", self.say("plain.way.api")))
        if site.built():
            ways.append(link(f"/#v=1&lang={self.language}", self.say("plain.way.map")))
        other = "en" if self.language == "fr" else "fr"
        query = {name: value for name, value in self.request.query_params.items() if name != "lang"}
        here = quote(self.request.url.path) + "?" + urlencode(query | {"lang": other})
        ways.append(link(here, self.say(f"common.language.{other}"), other))
        return f'<nav aria-label="{html(self.say("plain.ways"))}">{" ".join(ways)}</nav>'

    def _footer(self) -> str:
        said = [self.say("common.modelled"), self.say("common.borders")]
        said.append(self.say("common.version", version=__version__))
        view = self.there
        if view is not None and view.world and view.world_hash:
            said.append(self.say("common.world", world=view.world, hash=view.world_hash[:12]))
        return f"<footer>{' '.join(f'<p>{html(each)}</p>' for each in said)}</footer>"


def trouble(request: Request, problem: Problem) -> Response:
    """The page that says what is the matter, with the form to ask something else."""
    look = Look.of(request)
    asked = request.query_params.get("q", "")[:200]
    ours = ' lang="en"' if look.language != "en" and problem.status == 422 else ""  # of an allowed range
    parts = [
        Html(f'<p class="state"{ours}>{html(problem.detail)}</p>'),
        look.place_form(asked),
        Html(f"<p>{look.link(look.say('plain.trouble.back'), PATH)}</p>"),
    ]
    name = f"plain.trouble.{problem.status}"
    response = look.respond(look.say(name if known(name) else "plain.trouble.other"), parts, problem.status)
    if problem.retry_after_s is not None:
        response.headers["retry-after"] = str(max(1, round(problem.retry_after_s + 0.5)))
    return response
