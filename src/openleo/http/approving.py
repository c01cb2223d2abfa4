"""The page on which an approver signs a change: one file, for a browser, with a key that stays there."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

PATH: Final = "/approve"
"""Where a server has it."""

_SCRIPTS: Final = ("words.js", "draft.js", "page.js")
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@cache
def approval_page(*, network: bool) -> tuple[str, str]:
    """The page as HTML, and its policy of content security: its own style and script, and no other.

    network: whether it may ask the server that it came from; without, it can send nothing to anybody. The
    policy stands in the page as well, for a page from a disk has no headers. It lets no text become HTML.
    """
    folder = files("openleo.http").joinpath("approve")
    html = folder.joinpath("page.html").read_text(encoding="utf-8")
    script = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = _STYLE.search(html)
    assert style is not None
    reached = "'self'" if network else "'none'"
    policy = (
        f"default-src 'none'; script-src {_called(script)}; style-src {_called(style[1])}; "
        f"connect-src {reached}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'"
    )
    return html.replace("@POLICY@", policy).replace("@SCRIPT@", script), policy


def _called(text: str) -> str:
    """What a policy calls a style or a script by (W3C CSP 3, section 2.3.1)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
