"""What the tests share: the reference data beside the project, where it is there."""

from pathlib import Path

import pytest
from paging import (
    built_page,
    chromium,
    context,
    duo_page,
    duo_run,
    new_context,
    seen,
    today_page,
    today_run,
)
from postgres import postgres, store_url

__all__ = [
    "built_page",
    "chromium",
    "context",
    "duo_page",
    "duo_run",
    "new_context",
    "postgres",
    "reference",
    "seen",
    "store_url",
    "today_page",
    "today_run",
]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference data; a test that needs it says so where it is not there."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder}")
    return folder
