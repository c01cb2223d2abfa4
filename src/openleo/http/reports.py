"""Reports over HTTP: the cases of a register, and one case laid side by side, with its documents.

They are read from the register's file, again whenever it has changed. Nothing is written here: claims are
made and reviewed by the command line.
"""

import gzip
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter
from starlette.datastructures import Headers

from openleo.errors import InputError
from openleo.http.callers import Anyone, Known, controller_of
from openleo.http.entries import Language
from openleo.http.problems import Problem
from openleo.http.site import takes_gzip
from openleo.kept import Kept
from openleo.service.reasons import Language as Spoken
from openleo.service.reports.claims import Answer
from openleo.service.reports.comparison import Alternatives, Column, Row, Source
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.record import Recorded
from openleo.service.reports.shown import Block, blocks, lit
from openleo.service.reports.versions import differences
from openleo.service.reports.withheld import Withheld

if TYPE_CHECKING:
    from openleo.service.reports.claims import Claim
    from openleo.service.store.reports import Kept as KeptDocument
    from openleo.service.store.reports import Reports, Version

router = APIRouter(dependencies=[Known])
_open: Any = {"tags": ["public"], "dependencies": [Anyone]}

_OF_ITSELF: Final = ("title", "author", "source", "published")
"""What a document says of itself, as differences between versions name it."""
_HOST: Final = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[0-9A-Za-z.-]+))(?::\d{1,5})?", re.ASCII)
"""How a browser names a server."""
_PASSED_ON: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers that a proxy adds."""
SMALL: Final = 1000
"""Answers of fewer bytes are not compressed."""

Name = Annotated[str, Path(max_length=2000, description="of a case, as the register has it")]


class ReportsFile:
    """The register that a server shows. unreviewed: whether what nobody has reviewed is shown as well."""

    def __init__(self, path: File, unreviewed: bool = False) -> None:
        from openleo.service.store.reports import Watched

        self.path, self.unreviewed = path, unreviewed
        self.made: Kept[Hashable, Any] = Kept(64, at_once=8)
        self._watched = Watched(path)

    def state(self) -> Hashable:
        """What is another whenever somebody has written to it. Raises Problem where it cannot be read."""
        from openleo.service.store.opening import StoreError

        try:
            return self._watched.state()
        except (OSError, StoreError) as error:
            raise _unreadable() from error

    def close(self) -> None:
        """Give back what was opened to watch it."""
        self._watched.close()

    @classmethod
    def checked(cls, path: File, unreviewed: bool, host: str) -> "ReportsFile":
        """The register for a server that listens on a host.

        Raises InputError where it is none that can be read, or where others than the people of this machine
        could see what nobody has reviewed.
        """
        from openleo.service.store.reports import Reports

        if unreviewed and not _is_loopback(host):
            raise InputError(
                f"--unreviewed: given with --host {host}; what nobody has reviewed is private, and is shown "
                "on 127.0.0.1, ::1 or localhost alone"
            )
        Reports.open(path).close()
        return cls(path, unreviewed)


@dataclass(frozen=True)
class CaseSaid:
    """A case in a list, with the numbers that it has itself."""

    case: str
    documents: int
    claims: int
    independent: int
    open: int


@dataclass(frozen=True)
class CasesSaid:
    """The cases of a register. register: whether this server shows one at all."""

    register: bool
    unreviewed: bool
    cases: tuple[CaseSaid, ...]


@dataclass(frozen=True)
class ReportAnswer(Answer):
    """An answer with the words of a document that it points to.

    words: "" where it points to none. published: when that document was, None where it does not say.
    """

    words: str = ""
    published: Interval | None = None


@dataclass(frozen=True)
class ReportRow(Row):
    """A claim, who tells it, who answered, and what the log says."""

    answers: tuple[ReportAnswer, ...]


@dataclass(frozen=True)
class ReportChange:
    """What became another in a version. field: of what the document says of itself, "" for its text."""

    version: int
    field: Literal["", "title", "source", "published"]
    was: str
    now: str


@dataclass(frozen=True)
class ReportDocument:
    """A document as it is shown: paragraphs in pieces, some of them lit.

    notes: how it was read, which may quote what is not shown: only where unreviewed documents are shown.
    changes: of one that is shown whole, between its versions.
    """

    id: str
    translation_of: str
    address: str
    notes: tuple[str, ...]
    blocks: tuple[Block, ...]
    changes: tuple[ReportChange, ...]


@dataclass(frozen=True)
class ReportCase:
    """A case laid side by side. today: the day by which silence is counted. log: "" without one."""

    case: str
    unreviewed: bool
    today: date
    independent: int
    log: str
    columns: tuple[Column, ...]
    rows: tuple[ReportRow, ...]
    sources: tuple[Source, ...]
    alternatives: tuple[Alternatives, ...]
    aliases: tuple[tuple[str, str], ...]
    documents: tuple[ReportDocument, ...]

    @property
    def brief(self) -> CaseSaid:
        """It in a list."""
        open_ = sum(each.open for each in self.rows)
        return CaseSaid(self.case, len(self.columns), len(self.rows), self.independent, open_)


@router.get("/v1/reports", response_model=CasesSaid, **_open)
def reports(request: Request, lang: Language = "en") -> Response:
    """The cases of the register of reports that this server shows; none where it shows no register."""
    found = cases_of(request, _spoken(lang))
    return _answer(request, _adapter(CasesSaid).dump_json(found), private=found.unreviewed)


@router.get("/v1/reports/{case:path}", response_model=ReportCase, **_open)
def report_case(request: Request, case: Name, lang: Language = "en") -> Response:
    """A case: its claims, each as documents tell it, with answers and what the log says; its documents."""
    found = case_of(request, case, _spoken(lang))
    return _answer(request, _adapter(ReportCase).dump_json(found), private=found.unreviewed)


def cases_of(request: Request, language: Spoken) -> CasesSaid:
    """The cases of which something may be seen. Raises Problem where the register cannot be read."""
    file = _file(request)
    if file is None:
        return CasesSaid(False, False, ())
    with _register(file) as register:
        names = [each.name for each in register.cases(reviewed=not file.unreviewed)]
    found = (_case(request, file, name, language) for name in names)
    return CasesSaid(True, file.unreviewed, tuple(each.brief for each in found if each is not None))


def case_of(request: Request, case: str, language: Spoken) -> ReportCase:
    """A case. Raises Problem where there is none of this name of which anything may be seen."""
    file = _file(request)
    found = _case(request, file, case, language) if file is not None else None
    if found is None:
        raise Problem("not-found", "there is no case of this name here", "case")
    return found


# ------------------------------------------------------------------ how it is made


def _file(request: Request) -> ReportsFile | None:
    """The register, if any; what nobody has reviewed goes to no caller who knows this server by another name.

    Such a name is that of a proxy, or of a page elsewhere that lets a browser of this machine ask; a proxy
    that gives this name instead of its own says of itself that it is one.
    """
    file = cast("ReportsFile | None", request.app.state.reports)
    if file is not None and file.unreviewed and not _is_here(request.headers):
        raise Problem("forbidden", "what nobody has reviewed is shown on this machine alone", "host")
    return file


def _is_here(headers: Headers) -> bool:
    """Whether a request names this machine as itself, in one way, and came through nobody."""
    named = [_HOST.fullmatch(each) for each in headers.getlist("host")]
    if len(named) != 1 or named[0] is None or any(each in headers for each in _PASSED_ON):
        return False
    return _is_loopback((named[0]["six"] or named[0]["name"]).lower())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _case(request: Request, file: ReportsFile, case: str, language: Spoken) -> ReportCase | None:
    """A case, worked out once for a state of the register and of the log, and a day."""
    controller = controller_of(request)
    today = datetime.fromtimestamp(controller.now_us() / 1e6, UTC).date()
    enforcement = controller.in_force.enforcement
    record = enforcement.record if enforcement is not None else None
    held = (record.origin, record.size, id(record)) if record is not None else None
    key = (file.state(), case, language, today, held)

    def made() -> ReportCase | None:
        log = Recorded(record, controller.now_us() / 1e6, language) if record is not None else None
        with _register(file) as register:
            return _made(register, case, language, today, log, file.unreviewed)

    return cast("ReportCase | None", file.made.get(key, made))


def _made(
    register: "Reports", case: str, language: Spoken, today: date, log: "Recorded | None", unreviewed: bool
) -> ReportCase | None:
    """A case of a register, None where nothing of it may be seen."""
    from openleo.service.reports.seen import seen

    it = seen(register, case, today=today, log=log, language=language, reviewed=not unreviewed)
    if it is None:
        return None
    found, hidden = it.comparison, it.hidden
    texts = {(each.id, each.versions): each.document for each in it.documents}
    texts |= {(name, each.number): each.document for name in it.versions for each in it.versions[name]}
    return ReportCase(
        case=case, unreviewed=unreviewed, today=today, independent=found.independent, log=found.log,
        columns=found.columns, rows=tuple(_row(each, texts, hidden) for each in found.rows),
        sources=found.sources, alternatives=found.alternatives, aliases=found.aliases,
        documents=tuple(
            _document(each, it.versions.get(each.id, ()), it.claims, hidden, noted=unreviewed)
            for each in it.whole
        ),
    )  # fmt: skip


def _row(row: Row, texts: Mapping[tuple[str, int], Document], hidden: Withheld) -> ReportRow:
    answers = tuple(_answered(each, texts, hidden) for each in row.answers)
    return ReportRow(**{**vars(row), "answers": answers})


def _answered(answer: Answer, texts: Mapping[tuple[str, int], Document], hidden: Withheld) -> ReportAnswer:
    """An answer with its words in the version of the document to which it points, if that may be shown."""
    document = texts.get((answer.document, answer.version))
    if document is None:
        return ReportAnswer(**vars(answer))
    words = document.text[answer.start : answer.end] if answer.start >= 0 else ""
    return ReportAnswer(**vars(answer), words=hidden.told(words).strip(), published=document.published)


def _document(
    kept: "KeptDocument", versions: "Sequence[Version]", claims: "Sequence[Claim]", hidden: Withheld,
    *, noted: bool,
) -> ReportDocument:  # fmt: skip
    document, excerpts = kept.document, kept.shown == "excerpts"
    spans = lit(kept.id, kept.versions, claims)
    return ReportDocument(
        kept.id, hidden.told(document.translation_of, strictly=True), hidden.address(document.address),
        document.notes if noted else (),
        blocks(document, spans, hidden, excerpts=excerpts),
        () if excerpts else tuple(_changes(versions, hidden)),
    )  # fmt: skip


def _changes(versions: "Sequence[Version]", hidden: Withheld) -> Iterator[ReportChange]:
    """What differs from version to version; who wrote a document is not told."""
    for before, now in pairwise(versions):
        for each in differences(before.document, now.document):
            was, is_now = hidden.told(each.was), hidden.told(each.now)
            field = next((name for name in _OF_ITSELF if each.was.startswith(f"{name}: ")), "")
            if field and each.now.startswith(f"{field}: "):
                was, is_now = (text.removeprefix(f"{field}: ") for text in (was, is_now))
            if field != "author":
                yield ReportChange(now.number, cast(Any, field), was, is_now)


def _register(file: ReportsFile) -> "Reports":
    from openleo.service.store.reports import Reports

    try:
        return Reports.open(file.path)
    except InputError as error:
        raise _unreadable() from error


def _unreadable() -> Problem:
    return Problem("unavailable", "the register of reports cannot be read now; ask again", retry_after_s=5.0)


def _spoken(lang: str) -> Spoken:
    return "fr" if lang == "fr" else "en"


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _answer(request: Request, body: bytes, *, private: bool) -> Response:
    """An answer that is asked for anew each time, and sent only where it is another than the caller has.

    private: nobody keeps it.
    """
    headers = {"cache-control": "no-store" if private else "no-cache", "vary": "accept-encoding"}
    headers["etag"] = f'"{sha256(body).hexdigest()[:32]}"'
    if headers["etag"] in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if len(body) >= SMALL and takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["content-encoding"] = gzip.compress(body, 3, mtime=0), "gzip"
    return Response(body, headers=headers, media_type="application/json")
