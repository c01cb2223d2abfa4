# make demo: the main job, from nothing. make test: all tests. See CONTRIBUTING.md for the rest.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo web test quick lint docs bench faults clean

# Node builds the page; without it everything else works, and /plain answers in tables.
NODE_OK := $(shell command -v npm >/dev/null && node -e \
  'const [a, b] = process.versions.node.split("."); console.log(a > 20 || (a == 20 && b >= 19) ? "yes" : "no")' 2>/dev/null)
PAGE := src/openleo/http/static/index.html
PAGE_SOURCES := $(shell find web/src web/public src/openleo/http/words -type f ! -name '*.d.ts' 2>/dev/null) \
  web/index.html web/package.json web/tsconfig.json web/vite.config.ts
API_SOURCES := $(shell find src/openleo/http src/openleo/operate src/openleo/service -name '*.py')

help:
	@echo "make demo    install into .venv, plan the satellite internet of today for eight slots, ask who is served where"
	@echo "make web     build the page that openleo serve opens (Node 20.19 or later; done by demo where it is found)"
	@echo "make test    lint, types, layers and all tests"
	@echo "make quick   the tests that take less than two seconds each"
	@echo "make docs    write the generated pages of docs/ anew"
	@echo "make bench   speed, in ratios: propagation, slots, regions, decisions, store, check-ins over HTTP, ledger"
	@echo "make faults  kill -9 under load: a hundred rounds of the server, of changes of rules, two hundred of the ledger"
	@echo "make clean   remove .venv, the built page, caches and runs"

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
ifeq ($(NODE_OK),yes)
	@$(MAKE) --no-print-directory web || echo "The page could not be built; /plain answers in tables."
endif
	$(BIN)/openleo run today --slots 8
	@echo
	$(BIN)/openleo why Nairobi
	@echo
	$(BIN)/openleo why Staunton
	@echo
	$(BIN)/openleo region at Laayoune
	@echo
	$(BIN)/openleo drill front
	@echo
ifneq ($(NODE_OK),yes)
	@echo "The page was not built: install Node 20.19 or later and run make web; until then /plain answers in tables."
endif
	@echo "See this run in a browser, at http://127.0.0.1:8080:"
	@echo "  $(BIN)/openleo serve --run runs/today"

web: $(PAGE)

web/node_modules/installed: web/package.json web/package-lock.json web/.npmrc
	@[ "$(NODE_OK)" = yes ] || { echo "The page needs Node 20.19 or later to be built; /plain works without it."; exit 1; }
	cd web && npm ci --no-audit --no-fund
	@touch $@

build/openapi.json: .venv/installed builders/openapi.py $(API_SOURCES)
	$(BIN)/python builders/openapi.py  # written only where it says something else

web/src/api/schema.d.ts: build/openapi.json web/node_modules/installed
	cd web && npm run --silent types
	@touch $@

$(PAGE): web/src/api/schema.d.ts $(PAGE_SOURCES)
	cd web && npm run --silent check
	cd web && npm run --silent build
	@touch $@

test: lint
	$(BIN)/python -m pytest

quick: .venv/tested
	$(BIN)/python -m pytest -m "not slow"

lint: .venv/tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
ifeq ($(NODE_OK),yes)
	@$(MAKE) --no-print-directory web/src/api/schema.d.ts
	cd web && npm run --silent check
endif

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
	rm -rf web/node_modules web/src/api/schema.d.ts src/openleo/http/static
	rm -rf .venv runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
