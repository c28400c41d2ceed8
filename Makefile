# `make run` and `make test` set up what they need; the second time they start at once.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8501

.DEFAULT_GOAL := help
.PHONY: help run test check format bench load screenshots lock clean

help: ## say what there is to type
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "cnnviz needs Python 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.13 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python has no venv here. On Debian and Ubuntu: sudo apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.run: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: requirements.txt tests/requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/requirements.txt
	@touch $@ $(VENV)/.run

run: $(VENV)/.run ## start the app at http://localhost:8501
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.test ## run every test, the browser's included
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.deploy.nginx
	$(BIN)/python -m pytest -n 3 --dist loadfile  # a file stays together: it shares a server

check: $(VENV)/.test ## check format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test ## format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test ## measure speed, memory and accuracy, each with its limit
	$(BIN)/python -m tests.benchmarks

load: $(VENV)/.test ## let a class of 1 to 120 visitors act, and hold the server to its limits
	$(BIN)/python -m tests.load $(LOAD)

screenshots: $(VENV)/.test ## picture every page: two sizes, light and dark
	$(BIN)/python -m tests.browser.screenshots

lock: $(VENV)/.test ## compile pyproject.toml into the two pinned lists; LOCK=--upgrade takes the newest
	$(BIN)/uv pip compile $(LOCK) --quiet --universal --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) --quiet --universal --no-header --python-version 3.11 --group test -c requirements.txt -o tests/requirements.txt

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
