"""The page and its server are alone: no other host is asked, and the tests' own net catches what is."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paging import Seen, assert_webgl2, open_page
from serving import Service

pytestmark = pytest.mark.slow

OUTSIDE = (
    ("http://192.0.2.1/tile.png", "fetch(url)"),
    ("http://tiles.example/0/0/0.png", "new Image().src = url"),
    ("ws://192.0.2.1:8080/", "new WebSocket(url)"),
    (
        "http://192.0.2.1/worker",
        "new Worker(URL.createObjectURL(new Blob([`fetch('${url}').catch(() => 0)`])))",
    ),
)


@pytest.mark.parametrize(("url", "script"), OUTSIDE)
def test_a_page_that_asks_another_host_gets_nothing_and_fails_its_test(
    chromium: Any, url: str, script: str
) -> None:
    seen = Seen()
    context = chromium.new_context()
    seen.watch(context)
    page = context.new_page()
    page.evaluate(f"url => {{ const asked = {script}; asked?.catch?.(() => 0); }}", url)
    for _ in range(300):
        if not seen.outside:
            page.evaluate("new Promise(requestAnimationFrame)")
    context.close()
    with pytest.raises(AssertionError, match="asked another host"):
        seen.check()


def test_an_error_that_nobody_expected_fails_its_test(chromium: Any) -> None:
    seen = Seen()
    context = chromium.new_context()
    seen.watch(context)
    page = context.new_page()
    with context.expect_event("weberror"):
        page.evaluate("setTimeout(() => { throw new Error('torn') })")
    page.evaluate("console.error('worn')")
    context.close()
    with pytest.raises(AssertionError, match="torn"):
        seen.check()
    seen.expect("torn")
    with pytest.raises(AssertionError, match="worn"):
        seen.check()
    seen.expect("worn")
    seen.check()


def test_the_browser_of_the_tests_draws_with_webgl2(context: Any) -> None:
    assert_webgl2(context.new_page())


def test_all_scripts_of_the_page_together_stay_small(built_page: Path) -> None:
    scripts = list(built_page.rglob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(each.read_bytes(), 9)) for each in scripts) < 500_000


def test_the_page_opens_and_asks_its_own_server_alone(
    new_context: Callable[..., Any], duo_page: Service
) -> None:
    asked: list[str] = []
    context = new_context()
    context.on("request", lambda request: asked.append(request.url))
    page = open_page(context, duo_page)
    assert page.title() == "OpenLEO"
    assert asked
    assert all(each.startswith((duo_page.url, "blob:", "data:")) for each in asked), asked
    assert context.cookies() == []
