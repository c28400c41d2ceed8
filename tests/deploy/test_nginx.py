"""What nginx does with a request, seen from both sides: stubs stand in for the replicas."""

import base64
import concurrent.futures
import contextlib
import hashlib
import http.client
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import streamlit

from tests.browser.server import free_port
from tests.deploy import nginx

pytestmark = pytest.mark.usefixtures("needs_nginx")

MEGABYTE = 2**20


class Replica(http.server.ThreadingHTTPServer):
    daemon_threads = True
    alive = True
    patience = 0.0  # seconds that a visit lasts

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.visits = threading.Event()


class Replica6(Replica):
    address_family = socket.AF_INET6


class Answer(http.server.BaseHTTPRequestHandler):
    """Tell which replica this is, and what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if not self.server.alive:
            self.close_connection = True
            return
        if self.headers["Upgrade"]:
            self.server.visits.wait(self.server.patience)
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        address, port = self.server.server_address[:2]
        told = {"address": address, "port": port, "path": self.path, "length": length}
        text = json.dumps({**told, "headers": dict(self.headers), "rest": " " * 2000}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_PUT(self):
        self.do_GET()

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def stub(address="127.0.0.1", port=0):
    kind = Replica6 if ":" in address else Replica
    server = kind((address, port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def stubs(needs_nginx):
    with stub() as one, stub() as two:
        yield one, two


@contextlib.contextmanager
def logged(*stubs, redirecting=0, **environment):
    port = free_port()
    names = [f"127.0.0.1:{stub.server_port}" for stub in stubs]
    with nginx.in_front_of(*names, port=port, redirecting=redirecting, **environment) as log:
        yield port, log


@contextlib.contextmanager
def served(*stubs, **options):
    with logged(*stubs, **options) as (port, _):
        yield port


@pytest.fixture(scope="module")
def port(stubs):
    with served(*stubs) as port:
        yield port


def ask(port, path="/", *, method="GET", body=None, context=None, **headers):
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def heard(port, path="/", **headers):
    """Return what the replica was asked."""
    return json.loads(ask(port, path, **headers)[1])


def seat(port):
    cookie = ask(port)[0].getheader("Set-Cookie")
    name, _, value = cookie.split(";")[0].partition("=")
    assert (name, len(value)) == ("cnnviz_seat", 32)
    return f"{name}={value}"


def test_a_class_behind_one_address_is_spread_over_the_replicas(port):
    first = {one: heard(port, Cookie=one)["port"] for one in (seat(port) for _ in range(60))}
    assert len(first) == 60
    assert min(Counter(first.values()).values()) >= 15
    for one in sorted(first):  # in another order
        assert heard(port, "/media/picture.png", Cookie=one)["port"] == first[one]


def test_a_visit_that_has_a_seat_is_given_no_other(port):
    assert ask(port, Cookie=seat(port))[0].getheader("Set-Cookie") is None


def test_a_browser_that_takes_no_cookies_stays_with_one_replica(port):
    replicas = {heard(port, User_Agent="a browser")["port"] for _ in range(10)}
    assert len(replicas) == 1


def test_what_a_dead_replica_would_have_served_goes_to_the_other(stubs):
    with stub() as dying, served(stubs[0], dying) as port:
        seats = [seat(port) for _ in range(20)]
        theirs = [one for one in seats if heard(port, Cookie=one)["port"] == dying.server_port]
        assert theirs
        dying.alive = False
        for one in theirs:
            answer, text = ask(port, Cookie=one)
            assert (answer.status, json.loads(text)["port"]) == (200, stubs[0].server_port)


def test_replicas_that_were_all_dead_are_asked_again_soon(monkeypatch):
    assert nginx.REPLICA.endswith("fail_timeout=20s")  # longer would be longer than their restart
    monkeypatch.setattr(nginx, "REPLICA", nginx.REPLICA.replace("20s", "1s"))
    with stub() as one, stub() as two, served(one, two) as port:
        one.alive = two.alive = False
        assert {ask(port)[0].status for _ in range(6)} == {502}
        one.alive = two.alive = True
        time.sleep(2.2)
        assert {ask(port, Cookie=seat(port))[0].status for _ in range(6)} == {200}


def test_a_visit_stays_where_it_is_where_one_name_stands_for_several_replicas(needs_nginx):
    addresses = sorted({found[4][0] for found in socket.getaddrinfo("localhost", None)})
    if len(addresses) < 2:
        pytest.skip("localhost has one address here")
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(stub(addresses[0]))
        try:
            stack.enter_context(stub(addresses[1], one.server_port))
        except OSError:
            pytest.skip(f"nobody can listen at {addresses[1]} here")
        front = free_port()
        stack.enter_context(nginx.in_front_of(f"localhost:{one.server_port}", port=front))
        places = [
            {heard(front, Cookie=cookie)["address"] for _ in range(4)}
            for cookie in [seat(front) for _ in range(20)]
        ]
    assert all(len(place) == 1 for place in places)
    assert len(set.union(*places)) == 2


def test_every_answer_carries_the_security_headers(port):
    for path in ("/", "/_stcore/metrics"):
        headers = ask(port, path)[0].headers
        policy = dict(
            rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == "'self'"
        assert "unsafe" not in policy["script-src"].replace("wasm-unsafe-eval", "")
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Permissions-Policy"].startswith("camera=(self), microphone=()")
        assert headers["Server"] == "nginx"


def test_another_site_may_frame_the_pages_when_the_operator_names_it(stubs):
    with served(*stubs, CNNVIZ_FRAME_ANCESTORS="'self' https://moodle.example") as port:
        policy = ask(port)[0].getheader("Content-Security-Policy")
    assert policy.endswith("frame-ancestors 'self' https://moodle.example")


def test_the_seat_comes_back_inside_a_frame_where_there_is_https(port):
    plain = ask(port)[0].getheader("Set-Cookie")
    secure = ask(port, X_Forwarded_Proto="https")[0].getheader("Set-Cookie")
    assert plain.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert secure.endswith("; Path=/; HttpOnly; SameSite=None; Secure; Partitioned")


def test_a_picture_of_ten_megabytes_passes_and_a_larger_body_does_not(port):
    whole = ask(port, "/_stcore/upload_file/a/b", method="PUT", body=b"x" * (10 * MEGABYTE + 5000))
    assert (whole[0].status, json.loads(whole[1])["length"]) == (200, 10 * MEGABYTE + 5000)
    assert ask(port, method="PUT", body=b"x" * (12 * MEGABYTE))[0].status == 413


def test_text_is_sent_compressed_and_the_replica_is_spared_that(port):
    answer, text = ask(port, Accept_Encoding="gzip")
    assert answer.getheader("Content-Encoding") == "gzip"
    assert len(text) < 800
    assert "Accept-Encoding" not in heard(port)["headers"]


def test_the_replica_hears_the_visitors_address_and_the_address_bar(port):
    headers = heard(port, X_Forwarded_For="203.0.113.7", X_Forwarded_Proto="https")["headers"]
    assert headers["Host"] == f"127.0.0.1:{port}"
    assert headers["X-Real-IP"] == "203.0.113.7"
    assert headers["X-Forwarded-Proto"] == "https"


def test_nobody_but_the_named_proxy_may_say_where_a_visitor_is(stubs):
    with served(*stubs, CNNVIZ_TRUSTED_PROXY="192.0.2.1") as port:
        headers = heard(port, X_Forwarded_For="203.0.113.7")["headers"]
    assert headers["X-Real-IP"] == "127.0.0.1"


def test_an_upgrade_to_a_websocket_is_passed_on(port):
    asked = heard(port, "/_stcore/stream", Upgrade="websocket", Connection="Upgrade")["headers"]
    assert (asked["Upgrade"], asked["Connection"]) == ("websocket", "upgrade")
    assert "Connection" not in heard(port)["headers"]  # kept open, for the next visitor


def test_one_address_may_not_open_visits_without_end(stubs):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    with stub() as replica, served(replica, CNNVIZ_VISITS_PER_ADDRESS="3") as port:
        replica.patience = 10
        with concurrent.futures.ThreadPoolExecutor(3) as visitors:
            answers = [
                visitors.submit(lambda: ask(port, "/_stcore/stream", **upgrade)[0].status)
                for _ in range(3)
            ]
            time.sleep(0.5)
            assert ask(port, "/_stcore/stream", **upgrade)[0].status == 503
            assert ask(port, "/")[0].status == 200  # pages are not visits
            replica.visits.set()
        assert [answer.result() for answer in answers] == [200, 200, 200]
        assert ask(port, "/_stcore/stream", **upgrade)[0].status == 200


def test_the_policy_names_the_one_script_inside_streamlits_page(port):
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in ask(port)[0].getheader("Content-Security-Policy")


@pytest.mark.parametrize("base", ["", "/cnn"])
@pytest.mark.parametrize("name", ["metrics", "script-health-check"])
def test_the_operators_figures_are_not_for_visitors(port, base, name):
    assert ask(port, f"{base}/_stcore/{name}")[0].status == 404


def test_with_a_certificate_mounted_everything_is_https(stubs, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(cafile=str(certificate))
    plain = free_port()
    with logged(*stubs, CNNVIZ_TLS=str(tmp_path), redirecting=plain) as (port, log):
        answer, text = ask(port, "/convolution?side=8", context=context)
        assert json.loads(text)["headers"]["X-Forwarded-Proto"] == "https"
        assert "; Secure" in answer.getheader("Set-Cookie")
        moved = ask(plain, "/convolution?side=8", Host="school.example")[0]
        assert moved.status == 301
        assert moved.getheader("Location") == "https://school.example/convolution?side=8"
        assert "side=8" not in log.read_text(encoding="utf-8")


def test_the_address_of_a_page_is_logged_where_a_request_fails_and_else_not(stubs):
    page = "/convolution?strokes=secret"
    large = {"method": "PUT", "body": bytes(2 * MEGABYTE), "Referer": f"http://localhost{page}"}
    with stub() as dead, logged(*stubs) as (port, log), logged(dead) as (broken, failures):
        assert ask(port, page)[0].status == 200
        assert ask(port, "/_stcore/upload_file/a/b", **large)[0].status == 200
        assert "secret" not in log.read_text(encoding="utf-8")
        dead.alive = False
        assert ask(broken, page)[0].status == 502
        assert "secret" in failures.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("port", "place"), [("443", ""), ("8443", ":8443"), ("127.0.0.1:8443", ":8443")]
)
def test_plain_http_leads_to_the_port_that_the_operator_chose(tmp_path, port, place):
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).touch()
    values = nginx.settings({"CNNVIZ_TLS": str(tmp_path), "CNNVIZ_HTTPS_PORT": port})
    assert f"return 301 https://$host{place}$request_uri;" in values["CNNVIZ_REDIRECT"]


def test_without_a_certificate_it_is_plain_http():
    values = nginx.settings({"CNNVIZ_TLS": "/nowhere"})
    assert (values["CNNVIZ_LISTEN"], values["CNNVIZ_REDIRECT"]) == ("listen 80;", "")
