"""What a comparison of a case is made from, as a register of reports keeps it."""

from collections.abc import Iterable
from typing import Literal, Protocol

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals


class Kept(Protocol):
    """A document as it was last imported; shown: as `comparison.Column` has it."""

    @property
    def id(self) -> str: ...
    @property
    def versions(self) -> int: ...
    @property
    def document(self) -> Document: ...
    @property
    def proposals(self) -> Proposals: ...
    @property
    def reviewed_by(self) -> str: ...
    @property
    def shown(self) -> Literal["whole", "excerpts", ""]: ...


class Earlier(Protocol):
    """A version of a document."""

    @property
    def number(self) -> int: ...
    @property
    def document(self) -> Document: ...
    @property
    def proposals(self) -> Proposals: ...


class Spelling(Protocol):
    """A spelling that a person has confirmed, and the name that it stands for."""

    @property
    def written(self) -> str: ...
    @property
    def name(self) -> str: ...


def stood_for(names: Iterable[Spelling]) -> dict[str, str]:
    """The name that each confirmed spelling stands for, by it casefolded, as rules take them."""
    return {each.written.casefold(): each.name for each in names}


class Found(Protocol):
    """To what a document goes back, as the rules find it or a person gave it."""

    @property
    def document(self) -> str: ...
    @property
    def root(self) -> str: ...
    @property
    def outside(self) -> str: ...
    @property
    def why(self) -> tuple[str, ...]: ...


class Given(Found, Protocol):
    """The same, and which person gave it."""

    @property
    def by(self) -> str: ...
