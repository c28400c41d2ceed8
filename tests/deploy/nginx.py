"""A real nginx for tests, with the configuration that ships; `python -m tests.deploy.nginx` tells.

It runs as an ordinary process in a folder of its own. Debian's package is unpacked, not installed,
because installing it would start a server on port 80.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.browser.server import ROOT

FOLDER = ROOT / "deploy" / "nginx"
UNPACKED = Path(sys.prefix) / "nginx"
NAMES = ("nginx", "/usr/sbin/nginx", str(UNPACKED / "usr/sbin/nginx"))
MISSING = "no nginx here (sudo apt-get install nginx, or NGINX=/path/to/it)"

REPLICA = "max_fails=2 fail_timeout=20s"
# What compose.yaml sets when nobody says otherwise; a test holds the two together.
DEFAULTS = {
    "CNNVIZ_FRAME_ANCESTORS": "'self'",
    "CNNVIZ_HTTPS_PORT": "443",
    "CNNVIZ_TRUSTED_PROXY": "127.0.0.1",
    "CNNVIZ_VISITS_PER_ADDRESS": "400",
}


def find() -> str | None:
    """Return the path of an nginx: `NGINX` in the environment, or one of the usual places."""
    named = os.environ.get("NGINX")
    return next((path for name in (named, *NAMES) if name and (path := shutil.which(name))), None)


def unpack() -> None:
    """Unpack Debian's package into the environment that runs this."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "nginx"],
            cwd=folder,
            check=False,
        )
        for package in Path(folder).glob("nginx_*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(UNPACKED)], check=False)


def settings(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what the image's entrypoint would fill in: ours, and what 16-listen.envsh makes."""
    shell = f". {FOLDER / '16-listen.envsh'}; env -0"
    variables = {"PATH": os.environ["PATH"], **DEFAULTS, **extra}
    told = subprocess.run(
        ["sh", "-c", shell], env=variables, capture_output=True, text=True, check=True
    )
    return dict(line.split("=", 1) for line in told.stdout.split("\0") if "=" in line)


def render(values: Mapping[str, str]) -> str:
    """Fill in the template as the image's envsubst does, which replaces only names it is given."""
    template = (FOLDER / "default.conf.template").read_text(encoding="utf-8")
    return re.sub(r"\$\{(CNNVIZ_\w+)\}", lambda match: values[match[1]], template)


@contextlib.contextmanager
def proxy(site: str) -> Iterator[Path]:
    """Run nginx with one site's configuration until the block ends; yield the file of its logs."""
    path = find()
    assert path is not None, MISSING
    with tempfile.TemporaryDirectory(prefix="cnnviz-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nginx.conf").write_text(_around(site, folder), encoding="utf-8")
        log = folder / "log"
        command = [path, "-p", str(folder), "-c", "nginx.conf", "-e", str(log)]
        told = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        with log.open("ab") as written:
            process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=written)
        try:
            time.sleep(0.3)
            assert process.poll() is None, log.read_text(encoding="utf-8")
            yield log
        finally:
            process.terminate()
            process.wait(timeout=20)


def in_front_of(
    *replicas: str, port: int, redirecting: int = 0, **extra: str
) -> contextlib.AbstractContextManager[Path]:
    """Run nginx with the configuration that ships, on ports of 127.0.0.1 in place of 80 and 443."""
    servers = [f"server {one} {REPLICA};" for one in replicas]
    values = settings({"CNNVIZ_REPLICAS": " ".join(servers), **extra})
    site = render(values)
    if values["CNNVIZ_REDIRECT"]:
        site = site.replace("listen 80;", f"listen 127.0.0.1:{redirecting};")
    return proxy(re.sub(r"listen (80|443)\b", f"listen 127.0.0.1:{port}", site))


def _around(site: str, folder: Path) -> str:
    # What the image's own nginx.conf does, with every path inside the folder.
    scratch = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{name}_temp_path {folder / name};" for name in scratch)
    return (
        f"pid {folder / 'pid'};\nerror_log {folder / 'log'} notice;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\naccess_log {folder / 'log'};\n{paths}\n{site}\n}}\n"
    )


def main() -> None:
    """Make sure there is an nginx, or say which tests go without one."""
    if find() is None:
        unpack()
    path = find()
    print(
        f"Deployment tests use {path}"
        if path
        else f"The tests behind a proxy are left out: {MISSING}"
    )


if __name__ == "__main__":
    main()
