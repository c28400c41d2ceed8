"""axe-core finds nothing serious or critical, in light and dark, at both sizes."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, PHONE


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/convolution",
        "/convolution?input=draw&filters=4",
        "/pooling?padding=same&beside=pooling",
        "/classifier",
        "/classifier?why=true&angle=20&sweep=true",
        "/classifier?input=mnist&prepare=true",
    ],
)
def test_no_page_has_a_serious_finding(visit, path, scheme, viewport):
    page = visit(path, viewport=viewport, color_scheme=scheme)
    # The pad reports once after it is drawn; while that run goes on, Streamlit fades what is old.
    page.wait_for_timeout(1500)
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    results = Axe().run(page)
    serious = [
        (violation["id"], violation["impact"], [node["html"][:160] for node in violation["nodes"]])
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []
