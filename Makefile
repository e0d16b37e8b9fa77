# The few things one does with the project. `make help` lists them.
# Needs only Python 3.11 or later, make and git: everything else is put in .venv.

SHELL := /bin/sh
PYTHON ?= python3
PYTEST ?= -n 2 --dist worksteal
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE # what was compiled, tests above all, is there the next time
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run flask test trial check bench lighthouse requirements

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/runs ## The whole service with demo data on http://127.0.0.1:8000 (PORT=8001 for another)
	@exec $(BIN)/python -m workers.stack

flask: .venv/runs ## A flask command on the local data: make flask DO="demo people"
	@exec $(BIN)/python -m workers.stack $(or $(DO),--help)

test: .venv/tests ## Every test, a real browser and both databases included
	@./tests/browser.sh
	@./tests/pgbouncer.sh
	$(BIN)/python -m pytest $(PYTEST)

trial: .venv/tests ## Every test in its whole: full matrices, long kills and floods, with progress
	@./tests/browser.sh
	@./tests/engines.sh
	@./tests/pgbouncer.sh
	$(BIN)/python -m pytest $(PYTEST) --trial --verbose

check: .venv/tests ## Style, types, import contracts, templates, translations, how hard the texts are
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry --no-ansi .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m tools.check_templates
	$(BIN)/python -m tools.check_catalogue
	$(BIN)/python -m tools.lix

bench: .venv/tests ## Measure speed, size and memory
	@exec $(BIN)/python -m bench

lighthouse: .venv/tests ## Lighthouse on the public pages (needs Node)
	@./tests/browser.sh
	@exec $(BIN)/python -m tools.lighthouse

# UPGRADE=--upgrade takes the newest there are.
COMPILE := $(BIN)/uv pip compile --quiet $(UPGRADE) --generate-hashes

requirements: .venv/tests ## Make the requirement files again after a change of pyproject.toml
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --group run -c requirements.txt -o requirements-run.txt
	$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 eller senare behövs: PYTHON=python3.11 make"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory .venv-can-be-made
	$(PYTHON) -m venv .venv
	@touch $@

# Debian keeps a part of Python's venv in a package of its own.
.PHONY: .venv-can-be-made
.venv-can-be-made:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get install -y -q python3-venv || { apt-get update -q && apt-get install -y -q python3-venv; }; \
	else \
		echo "Python saknar ensurepip: kör apt-get install python3-venv som root"; exit 1; \
	fi

.venv/runs: requirements.txt requirements-run.txt | .venv/made
	$(PIP) -r requirements.txt -r requirements-run.txt
	@touch $@

.venv/tests: requirements-dev.txt | .venv/made
	$(PIP) -r requirements-dev.txt
	@touch .venv/runs $@
