"""axe-core finds nothing serious or critical, in light and in dark, on a desk and on a phone."""

import pytest

from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.schemes import QUIET, schemes

PAGES = (
    "/",
    "/lessons?lesson=3",
    "/convolution?input=draw&filters=4",
    "/pooling?padding=same&beside=pooling",
    "/classifier?why=true&angle=20&sweep=true",
)
MORE = ("/convolution", "/classifier", "/classifier?input=mnist&prepare=true")


@pytest.mark.parametrize("path", [*PAGES, *MORE])
def test_no_page_has_a_serious_finding(visit, path):
    page = visit(path)
    for scheme in schemes(page):
        for viewport in (DESKTOP, PHONE) if path in PAGES else (DESKTOP,):
            page.set_viewport_size(viewport)
            page.evaluate(QUIET)
            assert findings(page) == [], (viewport, scheme)
