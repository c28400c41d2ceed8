"""What a module loads, seen from a fresh interpreter; and every module has its place."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WATCHED = ("numpy", "tensorflow", "keras", "streamlit", "plotly", "PIL")

NOTHING = set()
ARRAYS = {"numpy"}
PICTURES = {"numpy", "PIL"}

# What importing a module may load. Neither TensorFlow, Keras, Plotly nor Streamlit is here: the
# core loads the first three when a function needs them, and the last one never.
ALLOWED = {
    "address": NOTHING,
    "arguments": NOTHING,
    "augment": PICTURES,
    "axis": NOTHING,
    "brush": PICTURES,
    "cards": PICTURES,
    "classifier": ARRAYS,
    "codec": ARRAYS,
    "compute": ARRAYS,
    "digits": PICTURES,
    "distortions": PICTURES,
    "drawing": PICTURES,
    "edits": PICTURES,
    "encoding": PICTURES,
    "export": PICTURES,
    "figures": ARRAYS,
    "filters": ARRAYS,
    "hiding": NOTHING,
    "images": PICTURES,
    "layers": NOTHING,
    "lessons": PICTURES,
    "mnist": ARRAYS,
    "network": ARRAYS,
    "paper": PICTURES,
    "penstrokes": PICTURES,
    "pooling": PICTURES,
    "report": PICTURES,
    "robustness": PICTURES,
    "samples": PICTURES,
    "shapes": ARRAYS,
    "share": PICTURES,
    "stroke_codec": PICTURES,
    "theme": NOTHING,
    "training": PICTURES,
    "typed": PICTURES,
    "whatif": PICTURES,
    "why": ARRAYS,
    "window": ARRAYS,
    "wording": NOTHING,
    "workshop": PICTURES,
}


PROGRAM = f"""
import importlib, sys
for module in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(module)
    print(module, *[name for name in {WATCHED!r} if name in sys.modules and name not in before])
"""


def added_by(*modules):
    """Import modules one after another in a fresh interpreter; return what each of them loads."""
    command = [sys.executable, "-c", PROGRAM, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {module: set(loaded) for module, *loaded in lines}


@pytest.fixture(scope="module")
def added():
    """Return what each core module loads: those that may load the same share an interpreter."""
    loaded = {}
    for allowed in (NOTHING, ARRAYS, PICTURES):
        modules = [f"cnnviz.{name}" for name in ALLOWED if ALLOWED[name] == allowed]
        loaded |= added_by(*modules)
    return loaded


@pytest.mark.parametrize("module", ALLOWED)
def test_a_core_module_loads_no_more_than_it_may(module, added):
    assert added[f"cnnviz.{module}"] <= ALLOWED[module]


def test_a_fresh_interpreter_sees_what_is_loaded():
    assert added_by("json", "plotly") == {"json": set(), "plotly": {"plotly"}}


def core_modules():
    modules = {path.stem for path in (ROOT / "cnnviz").glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "cnnviz").glob("*/__init__.py")}
    return (modules | packages) - {"__init__", "ui"}


def test_every_core_module_is_in_the_table():
    assert set(ALLOWED) == core_modules()


def test_the_contract_about_streamlit_names_every_core_module():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {
        contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]
    }
    named = contracts["Only cnnviz.ui knows Streamlit"]["source_modules"]
    assert set(named) == {f"cnnviz.{name}" for name in core_modules()}
