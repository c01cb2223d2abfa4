"""Requests made from the OpenAPI document, right ones and wrong ones: the server never fails."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from enforced_log import governed
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from serving import Service, said, served
from view_runs import made_run

from openleo.http.app import document
from openleo.http.keys import Secrets, make_token
from openleo.operate.view.stored import RunFolder

EXAMPLES = 15

api = schemathesis.openapi.from_dict(document())
of_the_page = api.include(path_regex=r"^/v1/(view|search)")
of_a_log = api.include(path_regex=r"^/(log|v1/changes)")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(str(tmp_path_factory.mktemp("schemathesis") / "store.db")) as running:
        running.terminal("A").check_in(**said(1))
        yield running


@pytest.mark.slow
@api.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_server_fail(case: Any, service: Service) -> None:
    headers = {"authorization": f"Bearer {service.operator}"}
    response = case.call(base_url=service.url, headers=headers)
    case.validate_response(response, checks=[not_a_server_error])
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A server that enforces a log, and an approver's token for it."""
    folder = tmp_path_factory.mktemp("schemathesis")
    with governed(folder) as log:
        log.publish(in_s=10)
        store = str(folder / "store.db")
        with served(store, clock=log.clock, enforced=log.enforcement()) as running:
            yield running, make_token(Secrets.of(bytes(32)), "approver", "tests", log.clock())


@pytest.mark.slow
@of_a_log.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_request_about_the_log_makes_the_server_fail(case: Any, enforcing: tuple[Service, str]) -> None:
    service, approver = enforcing
    token = approver if case.path.endswith("/approvals") else service.operator
    response = case.call(base_url=service.url, headers={"authorization": f"Bearer {token}"})
    case.validate_response(response, checks=[not_a_server_error])
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"


@pytest.fixture(scope="module")
def showing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server that shows a run of two slots."""
    folder = tmp_path_factory.mktemp("schemathesis")
    run = made_run(folder, "duo", 2)
    with served(str(folder / "store.db"), shown=RunFolder(run)) as running:
        yield running


@pytest.mark.slow
@of_the_page.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_request_about_a_run_makes_the_server_fail(case: Any, showing: Service) -> None:
    response = case.call(base_url=showing.url)
    case.validate_response(response, checks=[not_a_server_error])
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"
