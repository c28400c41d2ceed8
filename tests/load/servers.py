"""The servers of a load test: the app as production starts it, alone or in replicas."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from tests.browser.server import ROOT, free_port, serve
from tests.deploy import nginx

BARE = ROOT / "tests" / "benchmarks" / "bare"
# What the image is started with besides .streamlit/config.toml, which counts in any case.
AS_DEPLOYED = ("--server.fileWatcherType", "none", "--server.enableWebsocketCompression", "true")


@dataclass(frozen=True)
class Servers:
    """What is measured: an address to visit, and the processes behind it."""

    address: str
    processes: tuple[psutil.Process, ...]

    def cpu_seconds(self) -> tuple[float, ...]:
        """Return the processor time that each of them has used."""
        times = [process.cpu_times() for process in self.processes]
        return tuple(used.user + used.system for used in times)

    def megabytes(self) -> float:
        """Return the resident memory of the largest of them."""
        return max(process.memory_info().rss for process in self.processes) / 1e6


@contextlib.contextmanager
def app(*options: str, replicas: int = 1) -> Iterator[Servers]:
    """Run cnnviz: one process, or several behind nginx."""
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(serve(ROOT / "app.py", *AS_DEPLOYED, *options))
            for _ in range(replicas)
        ]
        processes = tuple(psutil.Process(pid) for _, pid in started)
        addresses = [address for address, _ in started]
        front = addresses[0] if replicas == 1 else stack.enter_context(_nginx(addresses))
        yield Servers(front, processes)


@contextlib.contextmanager
def bare_page() -> Iterator[Servers]:
    """Run a page with one slider and one text: what Streamlit alone costs."""
    with serve(BARE / "page.py", *AS_DEPLOYED, folder=BARE) as (address, pid):
        yield Servers(address, (psutil.Process(pid),))


@contextlib.contextmanager
def _nginx(addresses: list[str]) -> Iterator[str]:
    if nginx.find() is None:
        raise SystemExit(f"Replicas need nginx: {nginx.MISSING}")
    port = free_port()
    with nginx.in_front_of(*[address.removeprefix("http://") for address in addresses], port=port):
        yield f"http://127.0.0.1:{port}"
