# Two commands set everything up: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(if $(shell command -v $(name)),$(name))))
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types layers docs bench lock clean format

help: ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
	  { echo "Fairlead needs Python 3.11 or 3.12; set PYTHON=python3.11" >&2; exit 3; }
	@echo "[1/3] making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 3; }

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "[2/3] installing the pinned packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "[2/3] installing the pinned packages for development"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(RUNTIME) $@

demo: $(RUNTIME) ## Build the example company acme, print its scorecard, start its console.
	@echo "[3/3] building the example company"
	@$(BIN)/fairlead demo --into .work/acme

test: $(DEVELOPMENT) ## Install what is missing, then run the whole suite.
	@bash scripts/system-packages.sh
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: $(DEVELOPMENT) format-check lint types layers docs-check ## Format, lint, types, layers, house rules, fresh reference.

.PHONY: format-check docs-check
format-check: $(DEVELOPMENT)
	@$(BIN)/ruff format --check --quiet src tests bench scripts

lint: $(DEVELOPMENT) ## Lint.
	@$(BIN)/ruff check --quiet src tests bench scripts

types: $(DEVELOPMENT) ## Strict types.
	@$(BIN)/mypy

layers: $(DEVELOPMENT) ## Imports go down only; house rules.
	@$(BIN)/lint-imports --no-cache --quiet 2>/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/house -p no:xdist

docs-check: $(DEVELOPMENT)
	@$(BIN)/python scripts/generate_reference.py --check

docs: $(DEVELOPMENT) ## Generate docs/reference.
	@$(BIN)/python scripts/generate_reference.py

format: $(DEVELOPMENT) ## Format and fix what can be fixed.
	@$(BIN)/ruff format --quiet src tests bench scripts
	@$(BIN)/ruff check --quiet --fix src tests bench scripts

bench: $(DEVELOPMENT) ## Measure, each figure beside a named alternative; writes bench/README.md.
	@$(BIN)/python -m bench

lock: $(DEVELOPMENT) ## Pin the dependencies anew, with hashes.
	@$(BIN)/uv pip compile --quiet pyproject.toml --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --extra spark --extra keyring --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

clean: ## Remove what the targets made.
	@rm -rf $(VENV) .work
