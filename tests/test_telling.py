"""Governance in sentences: what differs between rule files; changes, parties and requests."""

import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.ledger.entries import Commitment
from openleo.ledger.note import Signer
from openleo.ledger.objects import ObjectRef
from openleo.service.charter import Party
from openleo.service.governance import telling, telling_asked
from openleo.service.governance.asked import Answer, Request
from openleo.service.governance.differences import differences
from openleo.service.governance.entries import Change, Stage, Touches
from openleo.service.governance.record import Asked, Placed, Signed, Told
from openleo.service.governance.signing import Approval
from openleo.service.reasons import Language
from openleo.service.rulefile import AccessList, Elsewhere, Region, RuleFile, ServicePlan

NOON = "2026-11-21T12:00:00Z"
LATER = "2026-11-21T15:00:00Z"
NOON_S = 1_795_262_400
TOWN = Region("town", "By decision 12.", cells=("857a6e43fffffff",), service="on")
FILE = RuleFile("made", regions=(TOWN,))
CHANGE = Change(
    NOON, "ab" * 16, "ordinary", "", "c" * 64, "d" * 64, "made", ObjectRef("e" * 64, 100, "application/json"),
    "Ministry QP", "The ferry line opens", "", LATER, "", (), ("version is 2 instead of 1.",), None, -1, (),
)  # fmt: skip
REQUEST = Request(
    NOON,
    "ab" * 16,
    "request",
    "Ministry QP",
    "",
    "",
    "",
    "request",
    "public",
    NOON,
    "off",
    ("town",),
    None,
    -1,
)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def differ(new: RuleFile, old: RuleFile = FILE, **files: tuple[str, str]) -> tuple[str, ...]:
    """What differs, with texts of files, old and new, by their names without an ending."""
    before, after = ({f"{name}.geojson": pair[k] for name, pair in files.items()} for k in (0, 1))
    return differences((old, before), (new, after))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (FILE, ()),
        (replace(FILE, version=2), ("version is 2 instead of 1.",)),
        (replace(FILE, grant_s=60.0), ("grant_s is 60 s instead of 300 s.",)),
        (replace(FILE, elsewhere=Elsewhere(service="off")), ('elsewhere.service is "off" instead of "on".',)),
        (
            replace(FILE, regions=(replace(TOWN, service="off"),)),
            ('Region "town": service is "off" instead of "on".',),
        ),
        (
            replace(FILE, regions=(replace(TOWN, rate_mbps=5.0, motion=("vessel",)),)),
            (
                'Region "town": motion is "vessel" instead of none; rate_mbps is 5 Mbit/s instead of without '
                "limit.",
            ),
        ),
        (
            replace(FILE, regions=(replace(TOWN, cells=("8a", "857a6e43fffffff")),)),
            ('Region "town": cells: "8a" added.',),
        ),
        (
            replace(FILE, regions=()),
            (
                'Region "town" is taken out; it said: decision "By decision 12."; cells "857a6e43fffffff"; '
                'service "on".',
            ),
        ),
        (
            replace(FILE, plans=(ServicePlan("home", rate_mbps=50.0),)),
            ('Plan "home" is new: rate_mbps 50 Mbit/s.',),
        ),
        (
            replace(FILE, lists=(AccessList("aid", "Agency Q"),)),
            ('List "aid" is new: custodian "Agency Q".',),
        ),
    ],
)  # fmt: skip
def test_what_differs_is_said_with_what_stood_there_before(new: RuleFile, said: tuple[str, ...]) -> None:
    assert differ(new) == said


def test_an_outline_counts_by_its_coordinates_not_by_its_file() -> None:
    drawn = replace(FILE, regions=(Region("town", "By decision 12.", polygon="a.geojson"),))
    renamed = replace(FILE, regions=(Region("town", "By decision 12.", polygon="b.geojson"),))
    one = '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'
    same = f'{{"type": "Feature", "properties": {{"name": "x"}}, "geometry": {one}}}'
    other = one.replace("1,1", "1,2")
    assert differ(drawn, drawn, a=(one, one)) == ()
    assert differ(renamed, drawn, a=(same, ""), b=("", same)) == ()
    assert differ(drawn, drawn, a=(one, other)) == (
        'Region "town": polygon: the outline is another (a.geojson).',
    )


files = st.builds(
    RuleFile,
    name=st.just("made"),
    version=st.integers(1, 3),
    coast_tolerance_km=st.sampled_from([0.0, 3.0]),
    plans=st.lists(
        st.builds(ServicePlan, name=st.sampled_from("abc"), rate_mbps=st.sampled_from([1.0, math.inf])),
        unique_by=lambda plan: plan.name,
    ).map(tuple),
    regions=st.lists(
        st.builds(
            Region, name=st.sampled_from("abc"), decision=st.sampled_from(["D.", "E."]),
            countries=st.sampled_from([("KE",), ("KE", "UG")]), service=st.sampled_from(["", "on", "off"]),
        ),
        unique_by=lambda region: region.name,
    ).map(tuple),
)  # fmt: skip


def sorted_tables(file: RuleFile) -> RuleFile:
    """The same with its tables in the order of their names, which counts for nothing."""
    by = {
        kind: tuple(sorted(getattr(file, kind), key=lambda each: each.name)) for kind in ("plans", "regions")
    }
    return replace(file, **by)


@settings(deadline=None)
@given(files, files)
def test_something_is_said_exactly_where_two_files_say_other_things(one: RuleFile, other: RuleFile) -> None:
    said = differ(other, one)
    assert bool(said) == (sorted_tables(one) != sorted_tables(other))
    assert len(said) == len(differ(one, other))
    assert all(each.endswith(".") and "\n" not in each for each in said)


def test_nothing_that_a_screen_hides_gets_into_a_sentence() -> None:
    bad = replace(FILE, title="a\u202eb\u2028c\td\x85")
    assert differ(bad)[0] == 'title is "a\ufffdb\ufffdc\\td\ufffd" instead of "".'


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_left_out_of_what_is_told_of_a_change(language: Language) -> None:
    fr = language == "fr"
    stages = (Stage(0.1, (), LATER), Stage(1, (), "2026-11-22T12:00:00Z"))
    touched = replace(CHANGE, stages=stages, touches=Touches(3000, 2, 5, 1.5, 2990, 10), request=7)
    signed = (
        Signed(Approval("duty desk", "approve", "Shares.", NOON, "0" * 128), "Operator Q", ""),
        Signed(Approval("third desk", "duress", "", NOON, "0" * 128), "Operator Q", "x"),
        Signed(Approval("fourth desk", "recuse", "", NOON, "0" * 128), "Operator Q", "x"),
        Signed(Approval("fifth desk", "approve", "", NOON, "0" * 128), "", "the key is good until then"),
    )
    told = "\n".join(telling.change_lines(touched, 12, signed, language))
    for words in (
        "Ministry QP", "The ferry line opens.", "version is 2 instead of 1.", "3000", "2990", "1.5 Gbit/s",
        "10 %", "duty desk (Operator Q)", "Shares.", "third desk", "fourth desk",
        "the key is good until then.",
        "sous la contrainte" if fr else "under duress", "s'est récusé" if fr else "stood aside",
        "Aucune base légale" if fr else "No legal basis", "entrée 7" if fr else "entry 7",
    ):  # fmt: skip
        assert words in told
    assert "Personne ne l'a approuvé." in telling.change_lines(CHANGE, -1, {}, "fr")


def test_states_of_a_change_are_told_with_their_times() -> None:
    placed = Placed(12, CHANGE, NOON_S, began_s=NOON_S + 10_800)
    for now_s, en, fr in (
        (
            NOON_S,
            "It waits: in force from 2026-11-21T15:00:00Z.",
            "En attente : en vigueur à partir du 2026-11",
        ),
        (
            NOON_S + 10_800,
            "In force since 2026-11-21T15:00:00Z.",
            "En vigueur depuis le 2026-11-21T15:00:00Z.",
        ),
        (
            NOON_S + 99_999,
            "It held from 2026-11-21T15:00:00Z until 2026-11-22T12:00:00Z.",
            "En vigueur du 2026",
        ),
    ):
        ended = replace(placed, ended_s=NOON_S + 86_400) if now_s > NOON_S + 86_400 else placed
        assert telling.state_line(ended, now_s) == en
        assert telling.state_line(ended, now_s, "fr").startswith(fr)
    assert (
        telling.state_line(replace(placed, refused="approvals: 1 of 2"), NOON_S)
        == "Refused: approvals: 1 of 2."
    )
    assert "receipt" in telling.state_line(replace(placed, began_s=None), NOON_S)
    assert telling.state_line(replace(placed, withdrawn_s=NOON_S), NOON_S).startswith("Withdrawn")


def test_a_party_that_was_not_told_in_time_is_named() -> None:
    told = Told(Party("Oversight body QP", Signer("k", b"k" * 32).verifier.public.hex(), waits=True), NOON_S)
    assert telling.told_line(told, NOON_S + 1) == (
        "Overdue: no receipt of Oversight body QP, due 2026-11-21T12:00:00Z. The change waits for it."
    )
    assert telling.told_line(told, NOON_S - 1).startswith("No receipt of Oversight body QP yet")
    assert "after 2026-11-21T12:00:00Z, when it was due" in telling.told_line(
        replace(told, received_s=NOON_S + 9), 0
    )
    assert "En retard" in telling.told_line(told, NOON_S + 1, "fr")


@pytest.mark.parametrize("how", ["request", "legal order", "pressure", "threat", "contact"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_how_a_request_was_made_is_said_in_words_of_its_own(how: str, language: Language) -> None:
    asked = Asked(5, replace(REQUEST, how=how), NOON_S)  # type: ignore[arg-type]
    lines = telling_asked.asked_lines(asked, language)
    others = {each[language == "fr"] for key, each in telling_asked.HOW.items() if key != how}
    assert telling_asked.HOW[how][language == "fr"] in lines[0]  # type: ignore[index]
    assert not any(each in lines[0] for each in others)
    assert "Ministry QP" in lines[0]
    assert ("Aucune réponse" if language == "fr" else "No answer") in lines[-1]


def test_an_answer_and_what_is_kept_back_are_told_in_both_languages() -> None:
    answer = Answer(NOON, 5, "refused", ("duty desk", "lawyers"), "No order", "ab" * 16)
    asked = Asked(5, REQUEST, NOON_S, ((6, answer),), (9,))
    en, fr = (" ".join(telling_asked.asked_lines(asked, each)) for each in LANGUAGES)
    assert "refused by duty desk, lawyers. Reason: No order. The change that followed: abab" in en
    assert "refusée par duty desk, lawyers. Motif : No order. Le changement qui a suivi : abab" in fr
    assert "entries 9." in en
    kept = Commitment(NOON, "0" * 64, LATER, "A request")
    assert telling_asked.kept_back_line(3, kept, False) == (
        "Entry 3 keeps something back until 2026-11-21T15:00:00Z: A request."
    )
    assert telling_asked.kept_back_line(3, kept, True, "fr").startswith("En retard : l'entrée 3")
