"""Write docs/worlds.md: every key that a world file may hold. Run: python builders/attributes.py

The table comes from the declarations that `openleo` itself checks a world with (`openleo.world.sections`).
"""

from pathlib import Path

from openleo.formats.toml import Attribute
from openleo.world import builtin_worlds, sections

PAGE = Path(__file__).parents[1] / "docs" / "worlds.md"

HEAD = """<!-- Written by builders/attributes.py; change the declarations in src/openleo/world.py instead. -->
# World files

A world is a TOML file: what exists, and by which rules it runs. `openleo` comes with {worlds}.
A file of your own may begin with `base = "today"` (the name of one of these, or the path of another file):
it then says only what differs. Tables are laid over those of the base key by key, lists replace them. Files
that a world names are looked for beside it. A key that is not in these tables is refused.

Numbers may be written whole; `inf` is a number only where the table says so. Times without a zone are UTC.
"""
COLUMNS = ("key", "type", "unit", "default", "allowed", "meaning")
TOP = "The first lines"
LISTS = ("fleet.classes", "fleet.shells", "ground.gateways", "ground.pops")


def page() -> str:
    """The whole page as Markdown."""
    names = builtin_worlds()
    listed = ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"
    parts = [HEAD.format(worlds=listed)]
    for name, rows in sections().items():
        title = f"`[[{name}]]`" if name in LISTS else f"`[{name}]`" if name else TOP
        parts.append(f"\n## {title}\n\n{table(rows)}")
    return "".join(parts)


def table(rows: list[Attribute]) -> str:
    """One section as a Markdown table."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS)]
    for row in rows:
        default = row.default if row.default == "required" else f"`{row.default}`"
        lines.append((f"`{row.name}`", row.type, row.unit, default, row.allowed, row.meaning))
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
