"""What all sentences here share: two languages, numbers with their nouns, and other people's words."""

from collections.abc import Sequence

from openleo.service.reasons import Language


def pick(language: Language, en: str, fr: str) -> str:
    """One of two sentences."""
    return fr if language == "fr" else en


def counted(language: Language, number: int, one: str, more: str, un: str, plusieurs: str) -> str:
    """A number with its noun, in English (`one`, `more`) or French (`un`, also for none, and `plusieurs`)."""
    if language == "fr":
        return f"{number} {un if abs(number) < 2 else plusieurs}"
    return f"{number} {one if number == 1 else more}"


def said_by(text: str) -> str:
    """Somebody's own words at the end of a sentence: with one full stop."""
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def indented(lines: Sequence[str]) -> list[str]:
    """All lines but the first moved in: what belongs together."""
    return [*lines[:1], *(f"  {line}" for line in lines[1:])]
