"""Drills: invented worlds whose fleet, rules, terminals and events go through planner and controller.

What comes out is held against what the script of the world says is right (`operate.drills.scene`).
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.operate.drills import front, mistake, pending, peninsula, resale, restore, tamper
from openleo.operate.drills.scene import Scene, drills, read_scene
from openleo.operate.drills.stage import Act, Played, Table
from openleo.operate.open import rules_of
from openleo.service.reasons import Reason
from openleo.service.records import FindingKind, Outcome

if TYPE_CHECKING:
    from openleo.operate.drills.reported import Reported
    from openleo.service.regions import RuleSet

__all__ = ["Drill", "drills", "is_reported", "play", "play_reported", "titles"]

REPORTED: Final = "reported"
"""The drill without check-ins: about what others say, beside a log."""

_ACTS: Final[dict[str, Callable[..., Act]]] = {
    each.__name__.rpartition(".")[2]: each.perform
    for each in (restore, peninsula, pending, front, resale, mistake, tamper)
}
_PUBLIC: Final = ("mistake", "pending", "peninsula", "tamper")
"""Those with a log. Their `perform` takes `by_log`, false for the rules of a file, and `export`, a folder."""


@dataclass(frozen=True)
class Drill:
    """How a drill came out.

    story: in sentences. All counts are of check-ins, but for terminals and findings. refused: by the word of
    the primary reason, so that served + limited + walled + emergency + refused = checkins. borderline: those
    whose true position is no farther than the accuracy that they state from where something else would be
    right. wrongly_served, wrongly_refused: of the others, those that got more than the truth allows, and
    less. findings: those opened, by kind. slots: how many were planned. asked: what the drill is about.
    tables: the same for people. digest: of the rules that it was played by. governance: what stands in its
    log, None without one; public: the same in sentences.
    """

    world: str
    title: str
    digest: str
    story: tuple[str, ...]
    terminals: int
    checkins: int
    served: int
    limited: int
    walled: int
    emergency: int
    refused: dict[str, int]
    borderline: int
    wrongly_served: int
    wrongly_refused: int
    findings: dict[str, int]
    slots: int
    asked: dict[str, Any]
    tables: tuple[Table, ...]
    governance: dict[str, Any] | None = None
    public: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing was decided wrongly, no grant outlived a change for too long, and each attack was
        named and changed nothing."""
        from openleo.operate.drills.public import in_time

        attacks = self.asked.get("acts", ())
        if self.wrongly_served or self.wrongly_refused:
            return False
        if not all(each["untouched"] and each["named"] for each in attacks):
            return False
        return self.governance is None or in_time(self.governance)

    def to_dict(self) -> dict[str, Any]:
        """One flat object: the counts, then what the drill is about, and what stands in its log."""
        said = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("asked", "tables", "governance", "public")
        }
        said |= {"story": list(self.story)} | self.asked
        return said if self.governance is None else said | {"governance": self.governance}


def play(
    world: str | Path, *, rules: "RuleSet | None" = None, threads: int | None = None,
    export: Path | None = None,
) -> Drill:  # fmt: skip
    """Play a drill.

    world: the name of a built-in one (`drills`), or the world file of one that `builders/fiction.py` made.
    rules: others than the world's own, to see what they would have done; the truth stays that of the script,
    and there is no log. threads: at most this many. export: a new or empty folder for a copy of the drill's
    log, as `openleo audit` reads it. Raises InputError where the world is no drill, a file of it is not as it
    should be, or there is no log to be exported.
    """
    return review(*perform(world, rules=rules, threads=threads, export=export))


def is_reported(world: str | Path) -> bool:
    """Whether a world is the drill without check-ins: by its name, or as its world file."""
    return str(world) == REPORTED or Path(world).name == f"{REPORTED}.toml"


def play_reported(
    world: str | Path = REPORTED, *, export: Path | None = None, keep: Path | None = None
) -> "Reported":
    """Play the drill about reports: the built-in one, or that of a world file; see `drills.reported.play`."""
    from openleo.operate.drills import reported

    folder = None if str(world) == REPORTED else Path(world).parent
    return reported.play(folder, export=export, keep=keep)


def titles() -> dict[str, str]:
    """Every drill by name, and what it is about."""
    from openleo.operate.drills import reported

    found = {name: str(read_scene(name).facts["title"]) for name in drills()}
    return dict(sorted((found | {REPORTED: reported.title()}).items()))


def perform(
    world: str | Path, *, rules: "RuleSet | None" = None, threads: int | None = None,
    export: Path | None = None,
) -> tuple[Scene, Act]:  # fmt: skip
    """Play a drill and give what was played, check-in by check-in; arguments as `play` takes them."""
    scene = read_scene(world)
    name = scene.world.name
    if name not in _ACTS:
        raise InputError(f"{world}: name {name!r} given; drills are known for {', '.join(_ACTS)}")
    if export is not None:
        _check_export(name, export, rules)
    held = rules if rules is not None else rules_of(scene.world)
    if held is None:
        raise InputError(f"{world}: rules: none given; a drill needs a rule file")
    if name not in _PUBLIC:
        return scene, _ACTS[name](scene, held, threads=threads)
    return scene, _ACTS[name](scene, held, threads=threads, by_log=rules is None, export=export)


def _check_export(name: str, export: Path, rules: "RuleSet | None") -> None:
    """Refuse a log that there will not be, and a folder that is in use, before anything is played."""
    if name not in _PUBLIC:
        raise InputError(f"ledger export: {name} has no log; {', '.join(_PUBLIC)} have one")
    if rules is not None:
        raise InputError("ledger export: given with other rules, by which a drill is played without its log")
    if export.exists() and (not export.is_dir() or any(export.iterdir())):
        raise InputError(f"{export}: is in use; a new or an empty folder is allowed")


def review(scene: Scene, act: Act) -> Drill:
    """Count what was played, and hold it against the truth of the script."""
    played = act.played
    got = played.outcome.astype(np.int64)
    counts = np.bincount(got, minlength=len(Outcome))
    refused = _by_reason(played)
    wrongly_served, wrongly_refused, borderline = judged(scene, played, act.truth)
    return Drill(
        world=scene.world.name, title=scene.facts["title"], digest=act.rules.digest, story=act.story,
        terminals=len(scene.terminals["role"]), checkins=len(scene), served=int(counts[Outcome.SERVE]),
        limited=int(counts[Outcome.LIMITED]), walled=int(counts[Outcome.WALLED]),
        emergency=int(counts[Outcome.EMERGENCY]), refused=refused, borderline=int(borderline.sum()),
        wrongly_served=int(wrongly_served.sum()), wrongly_refused=int(wrongly_refused.sum()),
        findings=_findings(scene, played) | act.findings, slots=played.slots, asked=act.asked,
        tables=act.tables, governance=act.governance, public=act.public,
    )  # fmt: skip


def judged(
    scene: Scene, played: Played, truth: NDArray[np.int8] | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which check-ins (N,) got more than the truth allows, which less, and which are too near a line to say.

    Less is refusal, or anything short of service, where the truth says service, and no answer to a distress
    call that the truth says is heard. truth: the scene's unless given.
    """
    truth = scene.truth if truth is None else truth
    borderline = scene.margin_m <= scene.accuracy_m
    more = played.outcome > truth
    less = played.outcome < np.minimum(truth, Outcome.LIMITED)
    return ~borderline & more, ~borderline & less, borderline


def _by_reason(played: Played) -> dict[str, int]:
    refused = played.primary[played.outcome == Outcome.REFUSE].astype(np.int64)
    counts = np.bincount(refused, minlength=64)
    found = {Reason(r).word: int(counts[r]) for r in np.flatnonzero(counts).tolist()}
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _findings(scene: Scene, played: Played) -> dict[str, int]:
    """Findings by kind: one for each terminal and kind, however often its check-ins show it."""
    found = {}
    for kind in FindingKind:
        seen = (played.finding >> np.uint32(kind)) & np.uint32(1) != 0
        if seen.any():
            found[kind.word] = len(np.unique(scene.terminal[seen]))
    return found
