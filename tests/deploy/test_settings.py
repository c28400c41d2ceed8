"""What the operator is told is so: settings, variables, the image's recipe."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from streamlit import config

from cnnviz import images
from tests.browser.server import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
TABLED = re.findall(r"^\| `((?:STREAMLIT|CNNVIZ)_\w+)`", README, re.MULTILINE)

# A value for each, other than the shipped one, and what Streamlit makes of it.
TRIED = {
    "STREAMLIT_SERVER_BASE_URL_PATH": ("cnn", "cnn"),
    "STREAMLIT_SERVER_PORT": ("8080", 8080),
    "STREAMLIT_SERVER_ALLOWED_HOSTS": ("cnn.school.example", ["cnn.school.example"]),
    "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": (
        "https://a.example https://b.example",
        ["https://a.example", "https://b.example"],
    ),
    "STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE": ("none", "none"),
    "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": ("60", 60),
    "STREAMLIT_SERVER_ENABLE_WEBSOCKET_COMPRESSION": ("true", True),
    "STREAMLIT_LOGGER_LEVEL": ("warning", "warning"),
}


def shown(**variables):
    """Return the settings as Streamlit has them with these variables."""
    done = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return tomllib.loads(done.stdout[done.stdout.index("[global]") :])


def option(variable):
    """Return section and name of a Streamlit setting: STREAMLIT_SERVER_PORT is server.port."""
    names = {setting.env_var: key for key, setting in config.get_config_options().items()}
    return names[variable].split(".")


@pytest.fixture(scope="module")
def changed():
    return shown(**{variable: text for variable, (text, _) in TRIED.items()})


@pytest.mark.parametrize("variable", TRIED)
def test_each_variable_of_the_table_does_what_it_says(changed, variable):
    section, name = option(variable)
    assert changed[section][name] == TRIED[variable][1]


def test_the_table_has_every_variable_and_no_other():
    passed_on = set(yaml.safe_load(COMPOSE)["x-app"]["environment"])
    streamlits = {name for name in TABLED if name.startswith("STREAMLIT_")}
    assert streamlits == set(TRIED)
    assert passed_on == streamlits - {"STREAMLIT_SERVER_PORT"}  # compose maps the image's
    ours = set(re.findall(r"\$\{(CNNVIZ_\w+)", COMPOSE)) | {"CNNVIZ_WARM_UP"}
    assert set(re.findall(r"\bCNNVIZ_\w+", " ".join(re.findall("^\\| .*", README, re.M)))) == ours


def test_a_public_classroom_is_told_nothing_and_tells_nothing():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["browser"]["serverAddress"] == "localhost"
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["showErrorLinks"] is False
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["server"]["enableCORS"] is True


def test_an_upload_may_be_as_large_as_a_picture_that_is_read():
    assert CONFIG["server"]["maxUploadSize"] * 2**20 == images.MAX_BYTES


def test_the_recipe_is_one_that_every_builder_reads():
    lines = DOCKERFILE.splitlines()
    froms = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert len(froms) > 1
    assert set(froms) == {"python:3.13-slim-bookworm"}
    assert 'CMD ["streamlit", "run", "app.py"]' in lines
    assert "STOPSIGNAL SIGTERM" in lines
    assert not re.search(r"<<|--link|--mount|^# *syntax=", DOCKERFILE, re.MULTILINE)
    assert lines.index("COPY requirements.txt .") < lines.index("COPY . .")
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f'image.version="{version["version"]}"' in DOCKERFILE
