"""A server for hostile visitors, which forgets them soon after they have gone."""

from collections.abc import Iterator

import psutil
import pytest

from tests.browser.server import ROOT, serve
from tests.load.servers import AS_DEPLOYED, Servers

KEPT = 3  # seconds that the server keeps a visit whose tab was closed


@pytest.fixture(scope="session")
def server() -> Iterator[Servers]:
    options = (*AS_DEPLOYED, "--server.disconnectedSessionTTL", str(KEPT))
    with serve(ROOT / "app.py", *options) as (address, pid):
        yield Servers(address, (psutil.Process(pid),))
