# Every target prepares its own environment from the hashed lock. Needed: Python >= 3.11 with venv, and make.
# `make PYTHON=/path/to/python3.12 …` chooses another interpreter.

VENV   := .venv
BIN    := $(VENV)/bin
LOCKED := $(VENV)/.locked
READY  := $(VENV)/.ready
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
CODE   := bot handlers care storage
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check bench lock messages lint types floors deps catalogs wheel clean

help: ## what can be done
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(LOCKED): requirements.lock
	@test -n "$(PYTHON)" || { echo "Cần Python 3.11 trở lên (kèm venv). / Python 3.11 or newer with venv is needed."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Đang cài thư viện… / Installing libraries…"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml hatch_build.py $(wildcard locales/*/LC_MESSAGES/*.po)
	@$(PIP) install --no-deps --no-build-isolation --force-reinstall -e .
	@touch $@

run: $(READY) ## starts Chạm on http://127.0.0.1:8080 with a demo shop when there is none
	@$(BIN)/cham run

test: $(READY) ## all tests; says what it skipped and why
	$(BIN)/python -m pytest -n $(WORKERS)

check: lint types floors deps catalogs ## style, types, floors, dependencies, catalogs and documentation

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy $(CODE) tests

floors: $(READY)
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

deps: $(READY)
	$(BIN)/deptry .

catalogs: $(READY)
	$(BIN)/python -m pytest -q tests/docs

bench: $(READY) ## measures; results are printed
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@for bench in benchmarks/[a-z]*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done
	$(BIN)/python -m pytest -m nightly

messages: $(READY) ## collects texts from the code into locales/
	@$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k pgettext:1c,2 --no-location --sort-output --omit-header \
		--no-wrap -o locales/messages.pot .
	@$(BIN)/pybabel -q update -i locales/messages.pot -d locales -N --no-wrap --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/python -m pytest -q tests/docs/test_catalogs.py

lock: $(LOCKED) ## renews requirements.lock and requirements-bench.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --group dev --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --group dev --group bench --no-header \
		--no-emit-index-url --no-emit-find-links -c requirements.lock pyproject.toml -o requirements-bench.lock

wheel: $(READY) ## builds a wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

clean: ## removes the environment and caches; data/ stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
