# make demo: the main job, from nothing. make test: all tests. See CONTRIBUTING.md for the rest.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test quick lint docs bench faults clean

help:
	@echo "make demo    install into .venv, plan the satellite internet of today for eight slots, ask who is served where"
	@echo "make test    lint, types, layers and all tests"
	@echo "make quick   the tests that take less than two seconds each"
	@echo "make docs    write the generated pages of docs/ anew"
	@echo "make bench   speed, in ratios: propagation, slots, regions, decisions, store, check-ins over HTTP, ledger"
	@echo "make faults  kill -9 under load: a hundred rounds of the server, of changes of rules, two hundred of the ledger"
	@echo "make clean   remove .venv, caches and runs"

.venv/python: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "OpenLEO needs Python 3.11 or later; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/tested: .venv/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@ .venv/installed

demo: .venv/installed
	$(BIN)/openleo run today --slots 8
	@echo
	$(BIN)/openleo why Nairobi
	@echo
	$(BIN)/openleo why Staunton
	@echo
	$(BIN)/openleo region at Laayoune
	@echo
	$(BIN)/openleo drill front

test: lint
	$(BIN)/python -m pytest

quick: .venv/tested
	$(BIN)/python -m pytest -m "not slow"

lint: .venv/tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/tested
	$(BIN)/python builders/attributes.py
	$(BIN)/python builders/commands.py
	$(BIN)/python builders/ledger_example.py

bench: .venv/installed
	$(BIN)/python -m benchmarks.propagate
	$(BIN)/python -m benchmarks.slot
	$(BIN)/python -m benchmarks.region
	$(BIN)/python -m benchmarks.decide
	$(BIN)/python -m benchmarks.store
	$(BIN)/python -m benchmarks.checkins
	$(BIN)/python -m benchmarks.ledger
	$(BIN)/python -m benchmarks.digests

faults: .venv/tested
	$(BIN)/python -m tests.faults --rounds 100
	$(BIN)/python -m tests.ledger_faults --rounds 200
	$(BIN)/python -m tests.governance_faults --rounds 100

clean:
	rm -rf .venv runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
