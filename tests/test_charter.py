"""The charter of a rule file: who may change it, and who is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ledger_folders import a_log, a_witness

from openleo.errors import InputError
from openleo.service.regions import RuleSet

DIGESTS = {  # as they were before a rule file could say who may change it
    "front": "a299d0df122239474ac2dffeea0ae44560929966316f2a209951c271989c9bb8",
    "illustration": "8f02121ac6e9ddd3c3f66c4ebb76863abaf33d3ad37a3326d319ae06f67260da",
    "resale": "022a98feaa32fcf0581cfe83272ed4a7d7ff11849bcc0cd2a7c2715e7d9d819f",
    "restore": "86b47a55419670058e409604fe708661e629147739eaa556d93a33690448e10c",
    "today": "ab3e07dfc407299f27549b1529ec87053d74a986a9136485615f801ed38907e0",
    "triangle": "e24f9ebe58aec667af469eea84779b80b76b3a24650f072179511ec44fedab5f",
}


def public(number: int) -> str:
    """A public key made of a known number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)).public_key().public_bytes_raw().hex()


def approver(number: int, name: str = "", organisation: str = "operator", **more: Any) -> dict[str, Any]:
    return {"name": name or f"office {number}", "organisation": organisation, "key": public(number)} | more


def party(number: int, name: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name or f"regulator {number}", "key": public(number)} | more


def rules(**sections: Any) -> RuleSet:
    """A rule set with these sections, and one region."""
    north = {"name": "north", "decision": "Fiction.", "sea": True, "service": "off"}
    table = {"name": "island", "regions": [north]} | sections
    return RuleSet.parse(table, Path())


TWO = [approver(1), approver(2, organisation="operator abroad")]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_rule_file_without_a_charter_has_the_digest_that_it_had(name: str) -> None:
    assert RuleSet.load(name).digest == DIGESTS[name]


def test_a_charter_says_who_approves_and_who_is_told() -> None:
    file = rules(
        governance={
            "approvals": 2,
            "organisations": 2,
            "emergency_powers": ["restrict"],
            "emergency_hours": 72,
        },
        approvers=[*TWO, approver(3, begins=datetime(2026, 1, 1, tzinfo=UTC))],
        parties=[party(4, regions=["north"], waits=True, hours=24), party(5)],
    ).file
    assert [each.name for each in file.approvers] == ["office 1", "office 2", "office 3"]
    assert file.governance.emergency_hours == 72.0
    assert [(each.regions, each.waits, each.hours) for each in file.parties] == [
        (("north",), True, 24.0),
        ((), False, 72.0),
    ]


def test_without_a_word_on_it_two_approvers_of_any_organisation_are_needed() -> None:
    file = rules(approvers=TWO).file
    assert (file.governance.approvals, file.governance.organisations) == (2, 1)
    assert file.governance.emergency_powers == ()


def test_whatever_the_charter_says_is_in_the_digest() -> None:
    powers = {"emergency_powers": ["restore"], "emergency_hours": 1}
    every = [
        rules(),
        rules(approvers=TWO),
        rules(approvers=[TWO[0], TWO[1] | {"organisation": "operator"}]),
        rules(approvers=[TWO[0], TWO[1] | {"key": public(9)}]),
        rules(approvers=[TWO[0], TWO[1] | {"ends": datetime(2030, 1, 1, tzinfo=UTC)}]),
        rules(approvers=TWO, governance={"organisations": 2}),
        rules(approvers=TWO, governance=powers),
        rules(approvers=TWO, governance=powers | {"emergency_hours": 2}),
        rules(approvers=TWO, parties=[party(4)]),
        rules(approvers=TWO, parties=[party(4, waits=True)]),
    ]
    assert len({each.digest for each in every}) == len(every)


def test_what_a_charter_says_that_would_hold_anyway_is_not_in_the_digest() -> None:
    spoken = {"approvals": 2, "organisations": 1, "emergency_powers": [], "recorder": ""}
    assert rules(approvers=TWO, governance=spoken).digest == rules(approvers=TWO).digest


def test_the_digest_of_rules_with_a_charter_is_the_same_in_years() -> None:
    found = rules(approvers=TWO, governance={"organisations": 2}, parties=[party(4, waits=True)]).digest
    assert found == "a74748844dba27364f2856a3c71f3830d593e68db91757688a81a14eb6612c1d"


POLICY = (
    f"log {a_log(1).verifier.vkey}\n"
    f"witness w1 {a_witness('w1').verifier.vkey}\nwitness w2 {a_witness('w2').verifier.vkey}\n"
    "group any 1 w1 w2\nquorum any\n"
)


def test_an_emergency_may_have_a_witness_quorum_of_its_own() -> None:
    powers = {"emergency_powers": ["restrict", "restore"], "emergency_hours": 12}
    for text in (POLICY, POLICY.partition("\n")[2]):
        said = rules(approvers=TWO, governance=powers | {"emergency_policy": text}).file
        assert said.governance.emergency_policy == text


LOW_ORDER = "01" + "00" * 31
NO_POINT = "02" + "00" * 31
POWERS = {"emergency_powers": ["restrict"], "emergency_hours": 72}


def second(**changed: Any) -> dict[str, Any]:
    """Two approvers, the second changed."""
    return {"approvers": [approver(1), approver(2) | changed]}


def ruled(**governance: Any) -> dict[str, Any]:
    return {"approvers": TWO, "governance": governance}


def telling(*parties: dict[str, Any]) -> dict[str, Any]:
    return {"approvers": TWO, "parties": list(parties)}


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (second(name="Office 1"), r"approvers\[1\]: the name 'Office 1' stands twice"),
        (second(key=public(1)), r"approvers\[1\]: key: 'office 1' has the same one"),
        (second(name=" x"), r"approvers\[1\]: name: ' x' given; one line"),
        (second(name="a\u202eb"), r"approvers\[1\]: name: .* given; one line"),
        (second(organisation=""), r"approvers\[1\]: organisation: '' given"),
        (second(key=public(2).upper()), r"approvers\[1\]: key: .* 64 digits"),
        (second(key="ab"), r"approvers\[1\]: key: 'ab' given; 64 digits"),
        (second(key=LOW_ORDER), "low order"),
        (second(key=NO_POINT), "no point of the curve"),
        (second(key="ff" * 32), "not canonical"),
        (second(ends=datetime(1970, 1, 1, tzinfo=UTC)), r"approvers\[1\]: ends"),
        ({"approvers": [approver(1)]}, "approvals: 2 given with 1 approvers"),
        (ruled(approvals=3), "approvals: 3 given with 2 approvers"),
        (ruled(approvals=1), "approvals: 1 given; a whole number from 2"),
        (ruled(organisations=3), "organisations: 3 given; at most approvals"),
        (
            second(organisation="Operator") | {"governance": {"organisations": 2}},
            "organisations: 2 given with approvers of 1",
        ),
        (telling(party(4), party(5, name="Regulator 4")), r"parties\[1\]: the name"),
        (telling(party(4), party(4, name="b")), r"parties\[1\]: key: 'regulator 4'"),
        (telling(party(4) | {"key": LOW_ORDER}), r"parties\[0\]: key: .*low order"),
        (telling(party(4, regions=["south"])), r"parties\[0\].regions: 'south' given"),
        (telling(party(4, hours=0)), r"parties\[0\].hours: 0 given"),
        ({"parties": [party(4)]}, "approvers: is missing"),
        ({"governance": POWERS}, "approvers: is missing"),
        (ruled(emergency_powers=["restrict"]), "emergency_hours: is missing"),
        (ruled(emergency_hours=3), "emergency_hours: given without"),
        (ruled(emergency_policy=POLICY), "emergency_policy: given without"),
        (ruled(**POWERS | {"emergency_powers": ["close"]}), r"emergency_powers\[0\]: 'close' given"),
        (ruled(**POWERS | {"emergency_powers": ["restrict"] * 2}), "stands twice"),
        (ruled(**POWERS | {"emergency_hours": 745}), "a number from 0 to 744"),
        (ruled(**POWERS, emergency_policy="quorum w1\n"), "governance: emergency_policy: line 1"),
        (ruled(**POWERS, emergency_policy="witness\n"), "governance: emergency_policy: line 1"),
        (ruled(**POWERS, emergency_policy="quorum none\n"), "its quorum is none"),
        (ruled(**POWERS, emergency_policy="# \x07\n"), "control character"),
    ],
    ids=range(33),
)
def test_a_charter_that_cannot_hold_is_refused_by_key(sections: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        rules(**sections)
