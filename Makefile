# Every target sets itself up: a virtual environment from requirements.lock, made again when the lock changes.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What a real installation looks like, for `check --deploy`. Nothing here is a secret or an address in use.
PRODUCTION = COUNTERFOIL_HOME=$$home SITE_URL=https://counterfoil.example.com BEHIND_PROXY=on DATABASE_URL= \
	REDIS_URL= DEBUG=off DEMO=off ALLOWED_HOSTS= SANDBOX_URL=

.PHONY: demo demo-once run test test-postgres check bench promises setup

demo: setup
	$(BIN)/python manage.py demo

demo-once: setup
	$(BIN)/python manage.py demo --once

run: setup
	$(BIN)/python manage.py serve

test: setup
	DATABASE_URL= $(BIN)/pytest -n auto --dist worksteal $(ARGS)

test-postgres: setup
	@if [ -z "$$DATABASE_URL" ]; then \
		echo "Set DATABASE_URL to a PostgreSQL server, like postgres://user:password@127.0.0.1:5432/postgres." >&2; exit 1; fi
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && set -ex && \
		env $(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run && \
		env $(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: setup
	$(BIN)/python manage.py bench $(ARGS)

promises: setup
	$(BIN)/python -m tests.promises

setup: $(READY)

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Counterfoil needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=python3.12, say." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
