.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Either stamp stands for an installation that fits the files it was made from.
APP := .venv/app-installed
DEV := .venv/dev-installed

.PHONY: help setup demo demo-pictures serve test browser lint format bench screenshots pins

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | column -t -s "$$(printf '\t')"

$(APP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed; name yours: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(DEV): $(APP)
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(DEV)  ## Install everything that development needs into .venv

demo: $(APP)  ## Serve a dataset of example pairs
	$(BIN)/diptych demo

demo-pictures: $(APP)  ## Draw the example pairs anew, into demo/
	$(BIN)/python -m demo.draw

serve: $(APP)  ## Serve your own datasets
	$(BIN)/diptych serve

browser: $(DEV)  ## Make sure that the tests find a Chromium
	@$(BIN)/python tests/browser/chromium.py

test: $(DEV) browser  ## Run the tests, on an embedded PostgreSQL and in a real Chromium
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(DEV)  ## Check style, types, templates, the order of imports and the migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint --quiet templates
	$(BIN)/python -m pytest --quiet tests/core/test_migrations.py

format: $(DEV)  ## Bring code and templates into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

bench: $(DEV)  ## Measure, and print ratios against limits of the same run
	$(BIN)/python -m tests.bench

screenshots: $(DEV) browser  ## Take the pictures of the annotation page in the README
	$(BIN)/python -m tests.screenshots

pins: $(DEV)  ## Write the versions that are installed now into constraints.txt
	$(PIP) freeze --exclude-editable --exclude pip --exclude setuptools > constraints.txt
