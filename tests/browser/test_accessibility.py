"""axe-core finds nothing serious or critical, in light and dark, at both sizes."""

import pytest

from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.schemes import schemes


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/lessons?lesson=3",
        "/convolution",
        "/convolution?input=draw&filters=4",
        "/pooling?padding=same&beside=pooling",
        "/classifier",
        "/classifier?why=true&angle=20&sweep=true",
        "/classifier?input=mnist&prepare=true",
    ],
)
def test_no_page_has_a_serious_finding(visit, path, viewport):
    page = visit(path, viewport=viewport)
    # The pad reports once after it is drawn; while that run goes on, Streamlit fades what is old.
    page.wait_for_timeout(1500)
    for scheme in schemes(page):
        assert findings(page) == [], scheme
