"""Terminals sold in three countries turn up in a fourth, without licence; dealers by evidence."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, Played, Table, play_out, set_stage, spaced
from openleo.service.evidence import recorded, seen
from openleo.service.findings import Evidence, Finding, dealers, resale
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: who was refused where, and in what order the evidence puts the dealers."""
    with set_stage(scene, rules, threads=threads) as stage:
        played = play_out(stage, batch_s=240.0)
        register = stage.controller.register
        evidence = dealers(recorded(register), seen(register))
        histories = register.store.histories(np.arange(len(register)))
        found = resale(register.rows, histories, stage.air.now_us, register.names)
        rows = [_said(register.names.name("dealer", each.dealer), each) for each in evidence]
    asked = _asked(scene, played, rows, found)
    table = Table(
        "Dealers by evidence; a person decides what it means",
        ("", "sold", "seen", "before sale", "not where sold", "one buyer", "contradicted", "at least"),
        tuple(
            (
                each["dealer"], str(each["sold"]), str(each["judged"]), str(each["before_sale"]),
                str(each["not_where_sold"]), str(each["one_buyer"]), f"{100.0 * each['share']:.0f} %",
                f"{each['evidence']:.0f} %",
            )
            for each in rows
        ),
    )  # fmt: skip
    return Act(rules, played, asked, _story(scene, asked), (table,), {"resale": len(found)} if found else {})


def _said(name: str, each: Evidence) -> dict[str, Any]:
    return {
        "dealer": name, "evidence": round(100.0 * each.least_share, 1), "sold": each.sold,
        "judged": each.judged, "before_sale": each.before_sale, "not_where_sold": each.not_where_sold,
        "one_buyer": each.one_buyer, "gaps": each.gaps, "contradicted": each.contradicted,
        "share": round(each.share, 4),
    }  # fmt: skip


def _asked(scene: Scene, played: Played, rows: list[dict[str, Any]], found: list[Finding]) -> dict[str, Any]:
    abroad = scene.truth == Outcome.REFUSE
    refused: NDArray[np.bool_] = played.outcome == Outcome.REFUSE
    altered = scene.facts["altered_dealers"]
    first = [each["dealer"] for each in rows[: len(altered)]]
    return {
        "sold_in": scene.facts["sold_in"],
        "turned_up_in": scene.facts["fourth"],
        "turned_up": len(np.unique(scene.terminal[abroad])),
        "refused_abroad": int((abroad & refused).sum()),
        "served_abroad": int((abroad & (played.outcome >= Outcome.LIMITED)).sum()),
        "served_where_sold": int((~abroad & (played.outcome == Outcome.SERVE)).sum()),
        "dealers": rows,
        "altered_dealers": altered,
        "altered_first": sorted(first) == sorted(altered),
        "resale": [dict(each.data) for each in found],
    }


def _story(scene: Scene, asked: dict[str, Any]) -> tuple[str, ...]:
    count, fourth = len(scene.terminals["role"]), asked["turned_up_in"]
    rows, altered = asked["dealers"], asked["altered_dealers"]
    kept = "first" if asked["altered_first"] else "not first"
    return (
        f"{spaced(count)} terminals are sold in {', '.join(asked['sold_in'])} by five dealers; months later"
        f" {spaced(asked['turned_up'])} of them turn up in {fourth}, which has no licence.",
        f"Where they were sold they were served at {spaced(asked['served_where_sold'])} check-ins;"
        f" in {fourth} {spaced(asked['refused_abroad'])} were refused and {asked['served_abroad']} served.",
        f"The records of {rows[0]['dealer']} contradict the log for {rows[0]['contradicted']} of"
        f" {rows[0]['judged']} terminals, those of {rows[1]['dealer']} for {rows[1]['contradicted']} of"
        f" {rows[1]['judged']}; those of the next, {rows[2]['dealer']}, for {rows[2]['contradicted']} of"
        f" {rows[2]['judged']}.",
        f"The script altered records of {' and '.join(altered)}: they come {kept} in the evidence. A person"
        " decides what it means.",
    )  # fmt: skip
