# make demo   set everything up, build an example, serve it, ask it a question
# make test   set everything up, then lint, type-check and test
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo guests test lint stress bench-bindings bench-engine bench-http bench-start bench-stores bench-sharing bench-measuring clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPIN_SDK := .venv-spin-sdk
SPIN_SDK_READY := $(SPIN_SDK)/.ready
# Without llama.cpp's AMX code, which GCC 12 miscompiles (a quantized model ends the process), so that it can lay
# out weights anew for this CPU instead: see inference/engine/llama/model.py.
NO_AMX := -DCMAKE_C_FLAGS=-U__AMX_INT8__ -DCMAKE_CXX_FLAGS=-U__AMX_INT8__
GUESTS := PYTHONPATH=tests $(BIN)/python -m guests

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## a virtual environment with spinfer and its tools

$(READY): pyproject.toml .ci/progress.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'spinfer needs Python 3.11 or newer: make setup PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Setting up $(VENV). The first time, llama.cpp is compiled for this machine: about 5 minutes on two cores.'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@CMAKE_ARGS="$(NO_AMX) $(CMAKE_ARGS)" PYTHONUNBUFFERED=1 $(BIN)/pip install --verbose --no-input --disable-pip-version-check -e '.[dev,guests]' 2>&1 \
	  | $(BIN)/python .ci/progress.py $(VENV)/setup.log
	@touch $(READY)

$(SPIN_SDK_READY): guest-examples/sentiment/requirements.txt
	@echo 'Setting up $(SPIN_SDK) for guests that use the Spin SDK.'
	@test -x $(SPIN_SDK)/bin/python || $(PYTHON) -m venv $(SPIN_SDK)
	@$(SPIN_SDK)/bin/pip install --quiet --no-input --disable-pip-version-check -r $<
	@touch $(SPIN_SDK_READY)

guests: $(READY) $(SPIN_SDK_READY) ## build every guest example
	@echo 'Building the guest examples: Python to WebAssembly, some seconds each, once.'
	@$(GUESTS) ask similar hello-http sentiment semantic-search
	@if command -v npm > /dev/null; then \
	  echo 'Building guest-examples/chat-stream: JavaScript to WebAssembly, half a minute, once.'; \
	  $(GUESTS) chat-stream; \
	else echo 'Left out guest-examples/chat-stream: it needs npm, from Node.js 20 or newer.'; fi

demo: $(READY) $(SPIN_SDK_READY) ## build an example, serve it and ask it a question
	@echo 'Building guest-examples/sentiment: Python to WebAssembly, some seconds, once.'
	@$(GUESTS) sentiment
	@$(BIN)/python .ci/demo.py

lint: $(READY) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: lint $(SPIN_SDK_READY) ## lint, types, and every test
	@$(BIN)/pytest -n 2 --dist loadfile

stress: $(READY) $(SPIN_SDK_READY) ## ten thousand requests of all kinds, good and bad, and what they leave behind
	@PYTHONPATH=tests $(BIN)/python -m apps.survival

bench-bindings: $(READY) ## host calls and bulk values, against wasmtime-py's own converter
	@$(BIN)/python tests/bench/bench_bindings.py

bench-stores: $(READY) ## key-value stores, SQLite and vectors, through a guest
	@$(BIN)/python tests/bench/bench_stores.py

bench-sharing: $(READY) ## asking another process's models, against asking one's own
	@PYTHONPATH=tests $(BIN)/python tests/bench/bench_sharing.py

bench-start: $(READY) ## the start of a large guest, compiled anew and from the cache
	@$(BIN)/python tests/bench/bench_start.py

bench-engine: $(READY) ## the engine, against llama.cpp's own tools, which it builds
	@PYTHONPATH=tests $(BIN)/python -m bench.engine

bench-http: $(READY) $(SPIN_SDK_READY) ## serving HTTP, against wasmtime alone and jco; needs npm, clang, lld and wrk
	@PYTHONPATH=tests $(BIN)/python -m bench.http

bench-measuring: $(READY) ## what spinfer bench itself costs; LLAMA_BENCH=path/to/llama-bench compares with it
	@PYTHONPATH=tests $(BIN)/python tests/bench/bench_measuring.py $(if $(LLAMA_BENCH),--llama-bench $(LLAMA_BENCH))

clean: ## remove what these commands made
	rm -rf $(VENV) $(SPIN_SDK) build guest-examples/*/*.wasm guest-examples/*/node_modules guest-examples/*/build .pytest_cache .mypy_cache .ruff_cache
