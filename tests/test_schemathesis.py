"""Requests made from the OpenAPI document, right ones and wrong ones: the server never fails."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from serving import Service, said, served

from openleo.http.app import document

EXAMPLES = 15

api = schemathesis.openapi.from_dict(document())


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
