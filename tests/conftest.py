"""What the tests share: the reference data beside the project, where it is there."""

from pathlib import Path

import pytest
from postgres import postgres, store_url

__all__ = ["postgres", "reference", "store_url"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference data; a test that needs it says so where it is not there."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder}")
    return folder
