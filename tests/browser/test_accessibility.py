"""axe-core finds nothing serious or critical, in light and dark, at both sizes."""

import pytest

from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.schemes import schemes

PAGES = (
    "/",
    "/lessons?lesson=3",
    "/convolution?input=draw&filters=4",
    "/pooling?padding=same&beside=pooling",
    "/classifier?why=true&angle=20&sweep=true",
)
MORE = ("/convolution", "/classifier", "/classifier?input=mnist&prepare=true")


@pytest.mark.parametrize(
    ("path", "viewport"),
    [(path, DESKTOP) for path in (*PAGES, *MORE)] + [(path, PHONE) for path in PAGES],
    ids=lambda value: "phone" if value is PHONE else "desktop" if value is DESKTOP else value,
)
def test_no_page_has_a_serious_finding(visit, path, viewport):
    page = visit(path, viewport=viewport)
    for scheme in schemes(page):
        assert findings(page) == [], scheme
