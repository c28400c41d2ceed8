"""One process of the app, as a container runs it: warm before it answers, its log in a file."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.browser.server import ROOT, free_port


class Replica:
    """A server on 127.0.0.1 that a test may kill and start again.

    Parameters
    ----------
    log : Path
        The file that gets what it writes.
    folder : Path
        Where app.py and its settings are.
    environment : str
        Variables of the operator.
    """

    def __init__(self, log: Path, folder: Path = ROOT, **environment: str) -> None:
        self.port = free_port()
        self.name = f"127.0.0.1:{self.port}"
        base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
        self.address = f"http://{self.name}" + (f"/{base}" if base else "")
        self.log = log
        self._folder = folder
        self._environment = {
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "CNNVIZ_WARM_UP": "first",
            "STREAMLIT_SERVER_HEADLESS": "true",
            "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
            "STREAMLIT_SERVER_PORT": str(self.port),
            **environment,
        }

    def start(self) -> None:
        """Start it; `wait` says when it is there."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Return when it is healthy."""
        for _ in range(900):
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text(encoding="utf-8"))
            with contextlib.suppress(OSError):
                if self.get("/_stcore/health") == "ok":
                    return
            time.sleep(0.1)
        raise TimeoutError("the server was not healthy within 90 s")

    def get(self, path: str) -> str:
        """Return the text at a path."""
        with urllib.request.urlopen(self.address + path, timeout=5) as answer:
            text: str = answer.read().decode()
        return text

    def visits(self) -> int:
        """Count the visits that are connected."""
        lines = self.get("/_stcore/metrics?families=active_sessions").splitlines()
        return int(next(line for line in lines if line.startswith("active_sessions ")).split()[1])

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait(timeout=20)

    def stop(self) -> float:
        """Ask it to end, as `docker stop` does, and return the seconds that it took."""
        start = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=20)
        return time.monotonic() - start


@contextlib.contextmanager
def running(*replicas: Replica) -> Iterator[None]:
    """Run servers, started side by side, until the block ends."""
    for replica in replicas:
        replica.start()
    try:
        for replica in replicas:
            replica.wait()
        yield
    finally:
        for replica in replicas:
            replica.stop()
