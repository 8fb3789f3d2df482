# make demo   set everything up, build the example guest, ask it a question
# make test   set everything up, then lint, type-check and test
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo guests test lint bench-bindings clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ASK := guest-examples/ask

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## a virtual environment with spinfer and its tools

$(READY): pyproject.toml .ci/progress.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'spinfer needs Python 3.11 or newer: make setup PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Setting up $(VENV). The first time, llama.cpp is compiled for this machine: about 5 minutes on two cores.'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --verbose --no-input --disable-pip-version-check -e '.[dev,guests]' 2>&1 \
	  | $(BIN)/python .ci/progress.py $(VENV)/setup.log
	@touch $(READY)

guests: $(ASK)/ask.wasm ## build the example guests

$(ASK)/ask.wasm: $(ASK)/ask.py $(wildcard wit/*.wit wit/deps/*/*.wit) | $(READY)
	@echo 'Building $(ASK): Python to WebAssembly, some seconds.'
	@cd $(ASK) && PATH="$(abspath $(BIN)):$$PATH" sh -ec "$$($(abspath $(BIN))/python -c \
	  'import tomllib; print(tomllib.load(open("spin.toml", "rb"))["component"]["ask"]["build"]["command"])')"

demo: $(READY) guests ## build the example guest and ask the built-in model a question
	@echo '$$ spinfer run $(ASK) "What is the capital of France?"'
	@$(BIN)/spinfer run $(ASK) "What is the capital of France?"

lint: $(READY) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: lint guests ## lint, types, and every test
	@$(BIN)/pytest

bench-bindings: $(READY) ## host calls and bulk values, against wasmtime-py's own converter
	@$(BIN)/python tests/bench/bench_bindings.py

clean: ## remove what these commands made
	rm -rf $(VENV) guest-examples/*/*.wasm .pytest_cache .mypy_cache .ruff_cache
