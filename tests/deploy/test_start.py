"""What healthy promises: whoever comes first does not wait."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.browser.server import ROOT, free_port

ENTER = """
import asyncio, gc, json, sys, time
import numpy as np
from cnnviz import classifier
from cnnviz.ui import lifespan

def work_of(act):
    start = time.process_time()
    act()
    return time.process_time() - start

def has_tensorflow():
    return hasattr(sys.modules.get("tensorflow"), "function")

async def main():
    before = has_tensorflow()
    start = time.perf_counter()
    async with lifespan(None):
        told = {"entered": time.perf_counter() - start, "frozen": gc.get_freeze_count()}
        told.update(before=before, tensorflow=has_tensorflow())
        if told["tensorflow"]:
            told["first"] = work_of(lambda: classifier.load().predict(np.zeros((28, 28))))
        print(json.dumps(told))

asyncio.run(main())
"""


def entered(**environment):
    """Start as a server does, in a fresh interpreter, and tell what is there."""
    variables = {"PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "2", **environment}
    done = subprocess.run(
        [sys.executable, "-c", ENTER],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_server_that_warms_up_first_predicts_at_once_when_it_answers():
    told = entered(CNNVIZ_WARM_UP="first")
    assert (told["before"], told["tensorflow"]) == (False, True)
    assert told["first"] < 0.2  # seconds of a processor; a cold one takes 4 and more
    assert told["frozen"] > 100_000  # objects that no collection of garbage looks at


def test_a_server_on_a_desk_answers_while_tensorflow_loads():
    told = entered()
    assert told["entered"] < 1
    assert not told["tensorflow"]


def health(port, base=""):
    """Ask as the image does, and return its exit status."""
    variables = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_BASE_URL_PATH": base}
    command = [sys.executable, "deploy/health.py"]
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


def test_a_container_is_healthy_when_its_server_answers(server):
    port = server.address.rsplit(":", 1)[1]
    assert health(port) == 0
    assert health(free_port()) == 1


class AtASubPath(BaseHTTPRequestHandler):
    """As much of a server at a sub-path as says that it is well."""

    def do_GET(self):
        self.send_response(200 if self.path == "/cnn/_stcore/health" else 503)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


def test_a_container_at_a_sub_path_is_asked_there():
    with HTTPServer(("127.0.0.1", 0), AtASubPath) as asked:
        threading.Thread(target=asked.serve_forever, daemon=True).start()
        assert health(asked.server_port, "cnn") == 0
        assert health(asked.server_port, "/cnn/") == 0
        assert health(asked.server_port) == 1
        asked.shutdown()
