"""Write docs/worlds.md and docs/rules.md: every key of such files. Run: python builders/attributes.py

The tables come from the declarations that `openleo` itself checks files with (`openleo.world.sections`,
`openleo.service.rulefile.sections`).
"""

from pathlib import Path

from openleo.formats.toml import Attribute
from openleo.service.regions import builtin_rules
from openleo.service.rulefile import sections as rule_sections
from openleo.world import builtin_worlds, sections

DOCS = Path(__file__).parents[1] / "docs"

HEAD = """<!-- Written by builders/attributes.py; change the declarations in src/openleo/world.py instead. -->
# World files

A world is a TOML file: what exists, and by which rules it runs. `openleo` comes with {worlds}.
A file of your own may begin with `base = "today"` (the name of one of these, or the path of another file):
it then says only what differs. Tables are laid over those of the base key by key, lists replace them. Files
that a world names are looked for beside it. A key that is not in these tables is refused.

Numbers may be written whole; `inf` is a number only where the table says so. Times without a zone are UTC.
"""
RULES_HEAD = """<!-- Written by builders/attributes.py; change src/openleo/service/rulefile.py instead. -->
# Rule files

A rule file is TOML: which regions there are, and what holds there. `openleo` comes with
{rules}; `illustration` has
every kind of rule once. What the keys mean together stands in [models/rules.md](models/rules.md). Files that
a rule file names are looked for beside it. A key that is not in these tables is refused.

    openleo region check FILE     whether a file is as it should be, and where its rules overlap
    openleo region at PLACE --rules FILE

Numbers may be written whole; `inf` is a number only where the table says so. Times without a zone are UTC.

`[governance]`, `[[approvers]]` and `[[parties]]` say who may change the rules, and who is told. A rule set
without approvers is used as it is, and cannot be changed through a log.
"""
COLUMNS = ("key", "type", "unit", "default", "allowed", "meaning")
TOP = "The first lines"
LISTS = (
    "fleet.classes",
    "fleet.shells",
    "ground.gateways",
    "ground.pops",
    "territories",
    "plans",
    "lists",
    "regions",
    "approvers",
    "parties",
)


def page(head: str, tables: dict[str, list[Attribute]]) -> str:
    """A whole page as Markdown."""
    parts = [head]
    for name, rows in tables.items():
        title = f"`[[{name}]]`" if name in LISTS else f"`[{name}]`" if name else TOP
        parts.append(f"\n## {title}\n\n{table(rows)}")
    return "".join(parts)


def listed(names: tuple[str, ...]) -> str:
    """Names as a sentence has them."""
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def table(rows: list[Attribute]) -> str:
    """One section as a Markdown table."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS)]
    for row in rows:
        default = row.default if row.default == "required" else f"`{row.default}`"
        lines.append((f"`{row.name}`", row.type, row.unit, default, row.allowed, row.meaning))
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    worlds = page(HEAD.format(worlds=listed(builtin_worlds())), sections())
    (DOCS / "worlds.md").write_text(worlds, encoding="utf-8")
    rules = page(RULES_HEAD.format(rules=listed(builtin_rules())), rule_sections())
    (DOCS / "rules.md").write_text(rules, encoding="utf-8")
