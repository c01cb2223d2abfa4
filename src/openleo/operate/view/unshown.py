"""Why something cannot be shown."""

from typing import Literal

from openleo.errors import OpenLEOError

Kind = Literal["not-found", "gone", "unavailable"]


class Unshown(OpenLEOError):
    """Something that cannot be shown, and why.

    kind: there is no such thing; it is no longer there; it cannot be had now. field: the name of what was
    asked for wrongly, empty where nothing was. retry_s: when to ask again, None where that does not help.
    """

    def __init__(self, kind: Kind, detail: str, field: str = "", *, retry_s: float | None = None) -> None:
        super().__init__(detail)
        self.kind: Kind = kind
        self.field = field
        self.retry_s = retry_s
