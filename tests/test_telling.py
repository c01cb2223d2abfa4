"""Governance in sentences: what differs between rule files; changes, parties and requests."""

import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.ledger.entries import Commitment
from openleo.ledger.note import COSIGNATURE, Signer
from openleo.ledger.objects import ObjectRef
from openleo.service.charter import Approver, Governance, Party
from openleo.service.governance.asked import Answer, Request
from openleo.service.governance.changes import Beside, replay
from openleo.service.governance.differences import differences
from openleo.service.governance.entries import Change, Stage, Touches, Withdrawn
from openleo.service.governance.record import FOREVER_S, Asked, Held, Placed, Record, Rules, Signed, Told
from openleo.service.governance.signing import Approval
from openleo.service.governance.telling.asked import HOW, asked_lines, kept_back_line
from openleo.service.governance.telling.change import (
    approval_lines,
    change_lines,
    difference_lines,
    stage_lines,
)
from openleo.service.governance.telling.state import held_line, placed_lines, state_line, told_line
from openleo.service.reasons import Language
from openleo.service.rulefile import AccessList, Elsewhere, Region, RuleFile, ServicePlan

NOON = "2026-11-21T12:00:00Z"
LATER = "2026-11-21T15:00:00Z"
NOON_S = 1_795_262_400
TOWN = Region("town", "By decision 12.", cells=("857a6e43fffffff",), service="on")
FILE = RuleFile("made", regions=(TOWN,))
CHANGE = Change(
    log="log.example/tenerife", time=NOON, kind="ordinary", power="", base="c" * 64, digest="d" * 64,
    maps="f" * 64, name="made", rules=ObjectRef("e" * 64, 100, "application/json"), requester="Ministry QP",
    reason="The ferry line opens", basis="", effective_at=LATER, ends_at="", stages=(),
    differs=("version is 2 instead of 1.",), touches=None, request=-1, approvals=(),
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


def public(name: str) -> str:
    """The public half of a key."""
    return Signer("k", name.encode().ljust(32)).verifier.public.hex()


def many(count: int, **members: object) -> tuple[Region, ...]:
    """So many regions, one at a place that is of no matter here."""
    made = Region("", "By decision 12.", cells=("857a6e43fffffff",), **members)  # type: ignore[arg-type]
    return tuple(replace(made, name=f"region {k}") for k in range(count))


def test_what_weighs_most_is_told_first_and_who_decides_is_never_left_out() -> None:
    old = replace(FILE, plans=(ServicePlan("home"),), regions=many(300, service="on"))
    desks = tuple(Approver(f"desk {k}", "Operator Q", public(f"{k}")) for k in range(250))
    party = Party("Oversight body QP", public("QP"), regions=tuple(f"region {k}" for k in range(300)))
    new = replace(
        old, version=2, plans=(), regions=many(300, service="off"), elsewhere=Elsewhere(service="off"),
        approvers=desks, parties=(party,), governance=Governance(approvals=3),
    )  # fmt: skip
    said = differ(new, old)
    kinds = [each.split(" ")[0] for each in said]
    assert kinds[0] == "governance.approvals"
    assert kinds[1:251] == ["Approver"] * 250
    assert said[251].startswith('Party "Oversight body QP" is new')
    assert all(f'"region {k}"' in " ".join(said[251:253]) for k in range(300))
    assert said.index('elsewhere.service is "off" instead of "on".') < kinds.index("Region")
    assert kinds.count("Region") == 200
    assert said[-1] == "102 more differences not told here: 100 of regions, 1 of other keys, 1 of plans."
    french = differences((old, {}), (new, {}), "fr")
    assert len(french) == len(said)
    assert french[-1].startswith("102 autres différences, non décrites ici : 100 (régions)")


def test_who_witnesses_an_emergency_is_told_whole_however_long_the_list_is() -> None:
    names = [f"w{k}" for k in range(90)]
    lines = [f"log {Signer('log.example/tenerife', b'l' * 32).verifier.vkey}"]
    for name in names:
        witness = Signer(f"witness.example/{name}", name.encode().ljust(32), COSIGNATURE).verifier
        lines.append(f"witness {name} {witness.vkey}")
    lines += [f"group all 45 {' '.join(names)}", "quorum all", ""]
    desks = tuple(Approver(name, "Operator Q", public(name)) for name in ("a", "b"))
    old = replace(FILE, approvers=desks, governance=Governance(2, 1, ("restrict",), 1.0))
    new = replace(old, governance=replace(old.governance, emergency_policy="\n".join(lines)))
    said = differ(new, old)
    assert all(f"witness.example/{name}+" in " ".join(said) for name in names)
    assert all(len(each) <= 4096 for each in said)


def test_a_region_of_thousands_of_cells_is_told_in_a_sentence_that_an_entry_takes() -> None:
    cells = tuple(f"857a6e43{k:07x}" for k in range(5000))
    (said,) = differ(replace(FILE, regions=(replace(TOWN, cells=(*TOWN.cells, *cells)),)))
    assert len(said) < 500
    assert "more added." in said
    assert '"857a6e430000000"' in said


def test_what_differs_is_told_in_french_with_keys_and_values_as_the_rules_have_them() -> None:
    new = replace(
        FILE,
        regions=(replace(TOWN, service="off", cells=("8a", *TOWN.cells)), Region("east", "D.", sea=True)),
    )
    assert differences((FILE, {}), (new, {}), "fr") == (
        'Ajout : région "east" : decision "D."; sea vrai.',
        'Région "town" : cells : ajout de "8a"; service : "off" au lieu de "on".',
    )


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
        Signed(
            Approval("third desk", "duress", "", NOON, "0" * 128),
            "Operator Q",
            "third desk says that it was signed under duress",
        ),
        Signed(
            Approval("fourth desk", "recuse", "", NOON, "0" * 128), "Operator Q", "fourth desk stood aside"
        ),
        Signed(Approval("fifth desk", "approve", "", NOON, "0" * 128), "", "the key is good until then"),
    )
    rules = (Rules(FILE, {}), Rules(replace(FILE, version=2), {}))
    told = "\n".join(change_lines(touched, 12, signed, language, *rules))
    for words in (
        "Ministry QP", "The ferry line opens.", "version", "3000", "2990", "1.5 Gbit/s",
        "10 %", "duty desk (Operator Q)", "Shares.", "third desk", "fourth desk",
        "the key is good until then.",
        "sous la contrainte" if fr else "under duress", "s'est récusé" if fr else "stood aside",
        "Aucune base légale" if fr else "No legal basis", "entrée 7" if fr else "entry 7",
    ):  # fmt: skip
        assert words in told
    assert "Personne ne l'a approuvé." in change_lines(CHANGE, -1, (), "fr")


def a_record(*changes: Placed, terms: tuple[Held, ...] = ()) -> Record:
    """What a log says in which these changes stand."""
    return replace(replay((), Beside("log.example/tenerife", none_there)), changes=changes, terms=terms)


def none_there(reference: ObjectRef) -> bytes:
    raise AssertionError(reference)


def test_states_of_a_change_are_told_with_their_times() -> None:
    placed = Placed(12, CHANGE, NOON_S, began_s=NOON_S + 10_800)
    for now_s, en, fr in (
        (NOON_S, "It is to be in force from 2026-11-21T15:00:00Z.", "Il sera en vigueur à partir du 2026-11"),
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
        record = a_record(ended)
        assert state_line(ended, record, now_s) == en
        assert state_line(ended, record, now_s, "fr").startswith(fr)
    refused = replace(placed, refused="approvals: 1 of 2")
    assert state_line(refused, a_record(refused), NOON_S) == (
        "Refused, and never in force: approvals: 1 of 2."
    )


def test_a_change_is_said_to_wait_for_what_it_waits_for_and_an_emergency_for_nobody() -> None:
    body = Told(Party("Oversight body QP", public("QP"), waits=True), NOON_S + 3600)
    placed = Placed(12, CHANGE, NOON_S, told=(body,))
    after = Placed(13, replace(CHANGE, base="d" * 64, digest="9" * 64), NOON_S)
    record = a_record(placed, after)
    assert state_line(placed, record, NOON_S) == (
        "It waits for the receipt of Oversight body QP, and is not known to begin."
    )
    assert "The change waits for it." in " ".join(placed_lines(placed, record, (), NOON_S))
    assert state_line(after, record, NOON_S) == (
        "It waits for the change of entry 12, on which it stands, and is not known to begin."
    )
    change = replace(CHANGE, kind="emergency", power="restrict", ends_at="2026-11-21T16:00:00Z")
    soon = Placed(14, change, NOON_S, told=(body,), began_s=NOON_S + 10_800, ended_s=NOON_S + 14_400)
    told = placed_lines(soon, a_record(soon), (), NOON_S)
    assert told[-1] == "It begins at 2026-11-21T15:00:00Z, and ends by itself at 2026-11-21T16:00:00Z."
    assert "wait" not in " ".join(told)
    for now_s in (NOON_S, NOON_S + 9999, NOON_S + 99_999):
        late = placed_lines(soon, a_record(soon), (), now_s, "fr")
        assert "l'attend" not in " ".join(late)


def test_what_fell_with_a_withdrawn_change_is_not_said_to_be_withdrawn() -> None:
    act = Withdrawn(NOON, CHANGE.hash, "A mistake", "third desk", "0" * 128)
    gone = Placed(12, CHANGE, NOON_S, withdrawn=15, withdrawn_s=NOON_S, withdrawal=act)
    fell = Placed(13, replace(CHANGE, base="d" * 64), NOON_S, withdrawn=15, withdrawn_s=NOON_S)
    record = a_record(gone, fell)
    assert "Withdrawn by third desk" in " ".join(placed_lines(gone, record, (), NOON_S))
    told = " ".join(placed_lines(fell, record, (), NOON_S))
    assert "Withdrawn" not in told
    assert "it fell with the change of entry 12" in told
    assert "when entry 15 took that back" in told
    assert "tombé avec le changement de l'entrée 12" in state_line(fell, record, NOON_S, "fr")


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (
            (Stage(0.1, (), LATER), Stage(1, (), "2026-11-22T12:00:00Z")),
            (
                "Stage 1, not before 2026-11-21T15:00:00Z: for 10 % of the terminals; for all others the "
                "rules before.",
                "Stage 2, not before 2026-11-22T12:00:00Z, and only once an approver has let it begin: for "
                "all terminals.",
            ),
        ),
        (
            (Stage(0, ("town",), LATER), Stage(0, ("east",), "2026-11-22T12:00:00Z")),
            (
                "Stage 1, not before 2026-11-21T15:00:00Z: for terminals in town; everywhere else, and for "
                "terminals that do not say where they are, the rules before.",
                "Stage 2, not before 2026-11-22T12:00:00Z, and only once an approver has let it begin: "
                "everywhere and for all terminals, not in east alone.",
            ),
        ),
        (
            (Stage(0, ("town",), LATER),),
            (
                "Stage 1, not before 2026-11-21T15:00:00Z: everywhere and for all terminals, not in town "
                "alone.",
            ),
        ),
    ],
)
def test_stages_are_told_with_all_that_holds_in_each(
    stages: tuple[Stage, ...], said: tuple[str, ...]
) -> None:
    change = replace(CHANGE, stages=stages)
    assert stage_lines(change) == ["In stages:", *(f"  - {each}" for each in said)]
    assert len(stage_lines(change, "fr")) == 1 + len(said)
    if len(stages) > 1:
        held = Held(12, change, change.digest, NOON_S, FOREVER_S, 0, replace(CHANGE, digest="a" * 64))
        assert "stage 1 of 2" in held_line(held)
        assert held_line(held).endswith("the rules before, made (aaaaaaaaaaaa).")
        placed = Placed(12, change, NOON_S, began_s=NOON_S)
        record = a_record(placed, terms=(held,))
        assert "in stage 1 of 2: for " in state_line(placed, record, NOON_S)
        ended = replace(placed, ended_s=NOON_S + 60)
        said = state_line(ended, record, NOON_S + 99)
        assert "and never went beyond stage 1 of 2: for " in said
        whole = replace(record, terms=(held, replace(held, stage=-1, before=None)))
        assert "never" not in state_line(ended, whole, NOON_S + 99)
        soon = replace(placed, began_s=NOON_S + 9)
        assert state_line(soon, a_record(soon), NOON_S).endswith("at first in stage 1.")


def test_an_emergency_over_a_change_is_told_with_it() -> None:
    placed = Placed(12, CHANGE, NOON_S, began_s=NOON_S)
    change = replace(CHANGE, kind="emergency", power="restrict", ends_at="2026-11-21T16:00:00Z")
    over = Held(14, change, change.digest, NOON_S, NOON_S + 60)
    said = state_line(placed, a_record(placed, terms=(over,)), NOON_S)
    assert said == (
        "In force since 2026-11-21T12:00:00Z; now that of entry 14 lies over it, until 2026-11-21T12:01:00Z."
    )


def test_what_a_change_says_of_itself_is_never_told_for_what_it_does() -> None:
    lie = replace(CHANGE, differs=("version is 2 instead of 1.", "Nothing else."))
    rules = (Rules(FILE, {}), Rules(replace(FILE, version=2, grant_s=60.0), {}))
    told = difference_lines(lie, *rules)
    assert told[:3] == [
        "What differs, computed from the rules before and after:",
        "  - version is 2 instead of 1.",
        "  - grant_s is 60 s instead of 300 s.",
    ]
    assert told[3].startswith("THE ENTRY ITSELF SAYS OTHERWISE")
    assert told[4:] == [
        "  - It says, and that was not found: Nothing else.",
        "  - It leaves out: grant_s is 60 s instead of 300 s.",
    ]
    honest = replace(CHANGE, differs=("version is 2 instead of 1.", "grant_s is 60 s instead of 300 s."))
    assert len(difference_lines(honest, *rules)) == 3
    assert "L'ENTRÉE ELLE-MÊME" in " ".join(difference_lines(lie, *rules, "fr"))
    unknown = " ".join(difference_lines(lie, None, None))
    assert "cannot be computed" in unknown
    assert "It says itself, unchecked: version is 2" in unknown


def test_a_signature_that_does_not_count_is_never_told_for_an_approval() -> None:
    said = Approval("duty desk", "approve", "", NOON, "0" * 128)
    for why, looked_at in (
        ("the signature is not one by the key of duty desk over this change", True),
        ("the rules by whose keys it would count are not known", False),
    ):
        signed = (Signed(said, "Operator Q", why),) if looked_at else None
        (line,) = approval_lines(replace(CHANGE, approvals=(said,)), signed)
        assert line.startswith("Not an approval: a signature in the name of duty desk")
        assert why in line
    recused = replace(said, statement="recuse")
    (line,) = approval_lines(CHANGE, (Signed(recused, "", "the signature is not one by ..."),))
    assert "stood aside" not in line


def test_a_party_that_was_not_told_in_time_is_named() -> None:
    told = Told(Party("Oversight body QP", Signer("k", b"k" * 32).verifier.public.hex(), waits=True), NOON_S)
    assert told_line(told, NOON_S + 1) == (
        "Overdue: no receipt of Oversight body QP, due 2026-11-21T12:00:00Z. The change waits for it."
    )
    assert told_line(told, NOON_S + 1, waits=False).endswith("due 2026-11-21T12:00:00Z.")
    assert told_line(told, NOON_S - 1).startswith("No receipt of Oversight body QP yet")
    assert "after 2026-11-21T12:00:00Z, when it was due" in told_line(replace(told, received_s=NOON_S + 9), 0)
    assert "En retard" in told_line(told, NOON_S + 1, "fr")


@pytest.mark.parametrize("how", ["request", "legal order", "pressure", "threat", "contact"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_how_a_request_was_made_is_said_in_words_of_its_own(how: str, language: Language) -> None:
    asked = Asked(5, replace(REQUEST, how=how), NOON_S)  # type: ignore[arg-type]
    lines = asked_lines(asked, language)
    others = {each[language == "fr"] for key, each in HOW.items() if key != how and each[0]}
    assert HOW[how][language == "fr"] in lines[0]  # type: ignore[index]
    assert not any(each in lines[0] for each in others)
    assert "Ministry QP" in lines[0]
    assert ("Aucune réponse" if language == "fr" else "No answer") in lines[-1]


def test_an_answer_and_what_is_kept_back_are_told_in_both_languages() -> None:
    answer = Answer(NOON, 5, "refused", ("duty desk", "lawyers"), "No order", "ab" * 32)
    asked = Asked(5, REQUEST, NOON_S, ((6, answer),), (9,))
    en, fr = (" ".join(asked_lines(asked, each)) for each in LANGUAGES)
    assert "refused by duty desk, lawyers. Reason: No order. The change that followed: abab" in en
    assert "refusée par duty desk, lawyers. Motif : No order. Le changement qui a suivi : abab" in fr
    assert "The change of entry 9 says that it follows it, or an answer says so." in en
    kept = Commitment(NOON, "0" * 64, LATER, "A request")
    assert kept_back_line(3, kept, False) == (
        "Entry 3 keeps something back until 2026-11-21T15:00:00Z: A request."
    )
    assert kept_back_line(3, kept, True, "fr").startswith("En retard : l'entrée 3")
