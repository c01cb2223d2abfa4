"""The examples of docs/examples.md print what stands beneath them."""

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openleo.cli import openleo

PAGE = Path(__file__).parents[1] / "docs" / "examples.md"
TITLE = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(python|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, list[tuple[str, str]]]:
    """The blocks (language, content) of each section of the page."""
    _, *parts = TITLE.split(PAGE.read_text(encoding="utf-8"))
    return {title: BLOCK.findall(body) for title, body in zip(parts[::2], parts[1::2], strict=True)}


def run_command(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "openleo"
    result = CliRunner().invoke(openleo, words)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("title", sections())
def test_an_example_prints_what_the_page_says(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed = ""
    for language, content in sections()[title]:
        if language == "text":
            assert printed == content
        elif language == "sh":
            for line in content.splitlines():
                run_command(line)
        else:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(content, f"{PAGE.name}: {title}", "exec"), names)
            printed = out.getvalue()


def test_every_example_that_prints_is_checked() -> None:
    for title, blocks in sections().items():
        languages = [language for language, _ in blocks]
        assert "python" in languages, title
        for here, after in zip(languages, [*languages[1:], ""], strict=True):
            assert here != "python" or after == "text", title
