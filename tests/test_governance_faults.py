"""Faults between approval, log and enforcement: desks and controllers killed, and what holds after that."""

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from governance_faults import STEPS, Place, rounds, steps

ROUNDS = 25


@pytest.fixture
def place() -> Iterator[Place]:
    """In memory, if there is one: a process that is killed takes nothing of the disk with it."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        Place(Path(folder)) as made,
    ):
        yield made


@pytest.mark.slow
def test_killed_at_any_moment_all_of_a_change_holds_or_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    with capsys.disabled():
        sys.stdout.write(f"\nkill -9 between approval, log and enforcement: {ROUNDS} rounds, seed {seed}\n")
    assert rounds(place, ROUNDS, seed, lambda _: None) > ROUNDS


@pytest.mark.slow
def test_also_before_every_call_of_a_draft_of_an_approval_and_of_a_coming_into_force(place: Place) -> None:
    names = ("a draft", "the second approval", "coming into force")
    assert set(names) <= STEPS.keys()
    assert steps(place, names, lambda _: None) >= 3 * len(names)
