"""Find a Chromium for the tests, or install Debian's; `python -m tests.browser.chromium` tells."""

import os
import shutil
import subprocess
import sys

NAMES = (
    "chromium-headless-shell",  # the same engine without a window: a seventh less of the processor
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = NAMES[:2]  # Debian has them under the same names
INSTALL = "sudo apt-get install --yes chromium"

_OFF = "OptimizationHints,MediaRouter,Translate"
# Nothing that the browser does by itself may look like a request of the page.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--process-per-site",  # compiled scripts stay with a process
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={_OFF}",
)
# For pages that live for seconds: code that is optimised for longer comes too late, and a script
# that the process has compiled already is not parsed again while it arrives. An eighth of the
# processor that opening a page takes.
FLAGS_OF_TESTS = (
    *FLAGS,
    "--js-flags=--no-opt --no-maglev",
    f"--disable-features={_OFF},ScriptStreaming,BackgroundResourceFetch",  # the last one counts
)


def find() -> str | None:
    """Return the path of a Chromium: `CHROMIUM` in the environment, or one of the usual places."""
    named = os.environ.get("CHROMIUM")
    return next((path for name in (named, *NAMES) if name and (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's Chromium where that needs no password."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    for package in PACKAGES:
        command = ["apt-get", "install", "-qq", "--yes", package]
        if subprocess.run(command, env=environment, check=False).returncode == 0:
            return


def main() -> None:
    """Make sure there is a Chromium, or say in one line how to get one."""
    if find() is None:
        install()
    path = find()
    if path is None:
        sys.exit(
            f"The browser tests need Chromium. Install it ({INSTALL}), "
            "or name one: CHROMIUM=/path make test"
        )
    print(f"Browser tests use {path}")


if __name__ == "__main__":
    main()
