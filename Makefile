# Everything goes through here: `make help`.  Needed beforehand: make, and Python 3.11 or later.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
TOOLS := .venv/.tools-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak fix translations catalogue clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 16

run: $(RUNTIME) translations ## Start the portal with its own PostgreSQL and Valkey (PORT, TREIZE_HOME, TREIZE_DEMO=0)
	@# Tied to make itself: kill -9 of either leaves nothing behind.
	@exec $(BIN)/python portal/local/tether.py $$PPID 15 -1 -1 $(BIN)/python -m portal.local up

test: $(TOOLS) translations ## Run every test, then the journeys through a real browser
	@.ci/need chromium openssl pdftotext softhsm2-util
	$(PYTEST) -n 2 --ignore tests/journeys
	$(PYTEST) $(if $(filter true,$(CI)),-p tests.no_skips) tests/journeys

check: $(TOOLS) ## Format, lint, types, imports between slices, dependencies, templates
	@failed=0; \
	for tool in "ruff format --check ." "ruff check ." mypy lint-imports "deptry ." \
		"djlint --check --quiet templates" "djlint --lint --quiet templates"; \
	do echo "· $$tool"; $(BIN)/$$tool || failed=1; done; exit $$failed

bench: $(TOOLS) translations ## Load 40,000 establishments and print the figures
	$(BIN)/python -m bench

soak: $(TOOLS) translations ## Kill everything at random for twenty minutes: nothing may be lost nor done twice
	$(BIN)/python -m tests.storm

fix: $(TOOLS) ## Format and correct what the tools can correct
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

translations: $(CATALOGUES) ## Compile the message catalogues

catalogue: $(TOOLS) ## Bring the message catalogues up to date; say which sentences wait for their words
	@$(BIN)/python -m tests.house.catalogue

clean: ## Remove the environment and what tools leave behind, never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find translations -name '*.mo' -delete

%.mo: %.po | $(RUNTIME)
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: none found on PATH."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "No virtual environment could be made: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.lock | $(BIN)/python
	@echo "Installing what the portal needs (once)…"
	@$(PIP) --requirement requirements.lock
	@touch $@

$(TOOLS): requirements-dev.lock $(RUNTIME)
	@echo "Installing the tools (once)…"
	@$(PIP) --requirement requirements-dev.lock
	@touch $@
