"""The ledger stands on its own: `cryptography` and the standard library, and nothing else of ours."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import openleo.ledger

FOLDER = Path(openleo.ledger.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found: set[str] = set()
    for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Import):
            found.update(alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0, f"{path.name}: a relative import"
            found.add(each.module or "")
    return found


@pytest.mark.parametrize("module", ["__init__", *MODULES])
def test_a_module_of_the_ledger_imports_cryptography_and_the_standard_library_alone(module: str) -> None:
    for name in imported(FOLDER / f"{module}.py"):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or top == "cryptography" or name.startswith("openleo.ledger"), (
            name
        )


def test_nothing_else_is_loaded_with_it() -> None:
    # In a process of its own, where everything that the ledger must not need cannot be imported.
    wanted = "".join(f"import openleo.ledger.{module}\n" for module in MODULES)
    code = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        ours = name == "openleo" or name.startswith("openleo.ledger")
        if not ours and top not in {{"cryptography", "_cffi_backend"}} and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"{{name}} is blocked", name=name)
sys.meta_path.insert(0, Blocked())
{wanted}
print("\\n".join(sys.modules))
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    ours = {name for name in ran.stdout.split() if name.startswith("openleo")}
    assert ours == {"openleo", "openleo.ledger", *(f"openleo.ledger.{module}" for module in MODULES)}


def test_only_the_state_of_a_log_and_of_a_witness_knows_sql() -> None:
    with_sql = {module for module in MODULES if "sqlite3" in imported(FOLDER / f"{module}.py")}
    assert with_sql == {"state", "witness"}
