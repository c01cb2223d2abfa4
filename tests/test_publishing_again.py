"""A change that is published again, as after a kill: it stands in the log once, whatever was known of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from enforced_log import Governed, governed, rules
from ledger_witnesses import served

from openleo.errors import InputError
from openleo.ledger.client import RemoteLog
from openleo.ledger.errors import NotWritten
from openleo.ledger.objects import object_path
from openleo.ledger.serve import Site
from openleo.ledger.submitters import make_token
from openleo.ledger.web import Answer, Request
from openleo.service.governance import publishing
from openleo.service.governance.draft import Draft


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        made.publish(in_s=10)
        made.clock.pass_s(10)
        yield made


def approved(log: Governed) -> Draft:
    """A draft with its approvals."""
    change = log.approved(log.drafted(rules("FR"), 300, log.said), "North", "South")
    return Draft(change, (log.public / object_path(change.rules.object)).read_bytes(), b"")


@pytest.mark.parametrize("served_elsewhere", [False, True])
def test_a_change_that_was_entered_after_the_log_was_read_is_found_there(
    log: Governed, served_elsewhere: bool
) -> None:
    draft, before = approved(log), log.said
    with served(Site(log.log).answer, 1 << 22) as server:
        token = make_token(log.log.store.folder, "desk")
        target = RemoteLog(f"http://127.0.0.1:{server.port}", token) if served_elsewhere else log.log
        index = publishing.publish(target, draft, before, log.clock.s)
        size = log.log.published.size
        with pytest.raises(InputError, match=f"entry {index} has it already"):
            publishing.publish(target, draft, before, log.clock.s)
        assert log.log.published.size == size
    entries = list(log.log.tree().entries())
    assert [entry == draft.change.raw for entry in entries].count(True) == 1


def test_a_log_that_has_not_published_all_of_its_entries_is_handed_no_change(log: Governed) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(200, b'{"size": 5, "published": 4}', "application/json")

    with served(answer) as server:
        target = RemoteLog(f"http://127.0.0.1:{server.port}", "token")
        with pytest.raises(NotWritten, match=r"size 5 is not published yet; .* nothing was written"):
            publishing.publish(target, approved(log), log.said, log.clock.s)
    assert asked == ["/healthz"]
