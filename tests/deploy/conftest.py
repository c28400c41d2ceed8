"""Visits to deployed apps, and what needs an nginx."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.visitors import Visitors
from tests.deploy import nginx
from tests.deploy.visits import Visits


@pytest.fixture(scope="session")
def needs_nginx() -> None:
    if nginx.find() is None:
        pytest.skip(nginx.MISSING)


@pytest.fixture(name="visit")
def visit_fixture(visitors: Visitors) -> Iterator[Callable[[str], Page]]:
    """Open a page as a new visitor; at the end no script failed and nothing was forbidden."""
    visits = Visits(visitors)
    yield visits.open
    visits.close()
    assert visits.complaints == []
    assert visits.elsewhere == []
