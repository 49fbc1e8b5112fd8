# `make map` and `make test` need nothing but Python 3.11 or newer with venv; `make` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LOCKED := $(PIP) install --require-hashes --no-deps --only-binary :all:
OUT ?= out/demo

# Nothing here may reach for a model hub, and torch's libraries should not chatter.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false
export TRANSFORMERS_VERBOSITY ?= error

.PHONY: help map test check lint types imports fix docs picture lock bench wheel clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | sort

map: $(STAMP) ## map corpora/demo and say what was found and where the page lies
	$(BIN)/axiomap map corpora/demo --out $(OUT)

test: $(STAMP) ## run the tests (offline, CPU)
	$(BIN)/python -m pytest

check: lint types imports test ## what must be green before a commit: lint, types, imports, tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

fix: $(STAMP) ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## write docs/cli.md from the commands' help
	$(BIN)/python docs/make_cli.py

picture: map ## draw docs/img/map.png from the demo's map (needs Chromium)
	$(BIN)/python docs/make_picture.py $(OUT)/map.html

lock: ## renew the requirements*.lock files (needs the package index)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --disable-pip-version-check --quiet install 'uv>=0.9'
	build/lock/bin/python tools/lock.py

bench: $(STAMP) ## measure beside the plain way and the machine's limit; writes docs/performance.md
	$(BIN)/python -W ignore -m benchmarks --write

wheel: $(STAMP) ## build dist/axiomap-*.whl: models, settings, codebook and demo corpus inside
	$(BIN)/hatchling build --target wheel

clean: ## remove what the other targets made, except .venv
	rm -rf build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Everything is pinned and hashed, so nothing is resolved here. A CPU build of torch is taken where
# pip finds one; the build that the public index serves for Linux needs the GPU libraries too.
$(STAMP): pyproject.toml $(wildcard requirements*.lock)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "axiomap needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (some minutes the first time)"
	@$(LOCKED) --requirement requirements-cpu.lock >/dev/null 2>&1 || \
	  echo "No CPU build of torch at hand; installing the one of the package index"
	@$(LOCKED) --requirement requirements.lock
	@if $(BIN)/python tools/wants_cuda.py; then $(LOCKED) --requirement requirements-cuda.lock; fi
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
