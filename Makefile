# Parley's commands. Each sets up what it needs by itself; all that must be there is Python 3.11 or
# newer with its venv module. `make` alone lists them.

SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; \
	done; echo python3)
ENVIRONMENTS = $(PYTHON) tools/environments.py
WEB = $(PYTHON) -m tools.web
BIN := .venv/bin
SAM := .venv-sam/bin
# What is checked, of what is there.
CODE := $(wildcard layers/core/parley functions gateway local cli tools bench tests)
RULES := layers/core/parley/errors.py,layers/core/parley/protocol/*,layers/core/parley/domain/*,layers/core/parley/services/*
# Long searches and whole systems, slowed by measuring what the other tests measure already.
# What takes longest begins first; much of it waits, so three share two cores.
LONG := tests/mutants tests/histories tests/e2e tests/chaos tests/attacks tests/cli
# Needs the machine for itself: people who wait for a busy one are late, whatever Parley does.
ALONE := tests/chaos/test_chaos_run.py
PART ?= 1
ARGS ?=

# Where the layer is, for tools that do not find it by themselves.
LAYER := PYTHONPATH=layers/core
# Compiled once, not by every process that tests start; some shells and machines forbid it.
unexport PYTHONDONTWRITEBYTECODE
# sam tells AWS about each run otherwise.
export SAM_CLI_TELEMETRY := 0

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Start Parley on this machine (PORT=8080), Ctrl-C stops it
	@$(ENVIRONMENTS) run emulator
	@$(WEB) build
	@exec $(BIN)/python -m local

.PHONY: show
show: setup web ## Show what a part promises, with figures (PART=1, ARGS="2b 7" for single lines)
	@$(LAYER) $(BIN)/python -m bench.show $(PART) $(ARGS)

.PHONY: setup
setup: ## Install everything that tests and checks need
	@$(ENVIRONMENTS) dev emulator sam

.PHONY: web
web: ## Build the SDK, the widget, the React wrapper and the demo, where they are stale
	@$(WEB) build

.PHONY: test
test: check ## Run every check and every test: what CI runs

.PHONY: check
check: lint type imports template stale web-test coverage ## The same; the steps that fail fast come first

.PHONY: fmt
fmt: setup ## Format the code and fix what can be fixed
	@$(BIN)/ruff check --fix --quiet $(CODE) || true
	@$(BIN)/ruff format $(CODE)
	@$(WEB) run biome check --write || true

.PHONY: lint
lint: setup ## Check format and style
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)

.PHONY: type
type: setup ## Check types (mypy, strict)
	@$(BIN)/mypy $(CODE)

.PHONY: imports
imports: setup ## Check which way imports point
	@$(LAYER) $(BIN)/lint-imports

.PHONY: template
template: setup ## Lint template.yaml (SAM's transform, then cfn-lint)
	@$(SAM)/sam validate --lint --template-file template.yaml

.PHONY: web-test
web-test: ## Check format, style and types of what is in web/, and run its unit tests
	@$(WEB) check

.PHONY: schema
schema: setup ## Write what follows from the protocol and the tests (docs, the SDK's types)
	@$(LAYER) $(BIN)/python -m tools.schema

.PHONY: stale
stale: setup ## Fail if what `make schema` writes is out of date
	@$(LAYER) $(BIN)/python -m tools.schema --check

.PHONY: cost
cost: setup ## Count again what each operation is billed for, and write docs/cost*
	@$(LAYER) $(BIN)/python -m tests.support.cost.counting
	@$(LAYER) $(BIN)/python -m tools.schema

.PHONY: cost-durations
cost-durations: setup ## Measure again how long functions run, and write docs/cost*
	@$(LAYER) $(BIN)/python -m tests.support.cost.durations
	@$(LAYER) $(BIN)/python -m tools.schema

.PHONY: test-long
test-long: setup ## Run ten times as many random histories, in memory and on real stores
	@HISTORIES_MEMORY=2000 HISTORIES_REAL=200 $(BIN)/pytest -s -k whatever_people_do tests/histories

.PHONY: test-cluster
test-cluster: setup ## Run every test on a Valkey cluster of three
	@TEST_CLUSTER=1 $(BIN)/pytest --numprocesses 2 --dist loadfile \
	    $(addprefix --ignore ,tests/browser tests/web tests/deployed) $(ARGS)

.PHONY: unit
unit: setup ## Run some tests, quickly (ARGS="tests/unit -k room")
	@$(BIN)/pytest $(or $(ARGS),tests/unit)

.PHONY: test-deployed
test-deployed: setup ## Deploy into the emulator of AWS and use it, or what PARLEY_E2E_WS names
	@$(BIN)/pytest --durations 3 $(if $(PARLEY_E2E_WS),tests/e2e,--deployed tests/e2e tests/deployed)

.PHONY: coverage
coverage: setup web ## Run every test and check the coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile \
	    $(addprefix --ignore ,$(LONG) tests/browser tests/deployed)
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(LONG) \
	    --ignore $(ALONE)
	@$(BIN)/pytest $(ALONE)
	@$(MAKE) test-deployed
	@CHROMIUM="$$($(BIN)/python -m tools.ensure_chromium)" && export CHROMIUM && \
	    $(BIN)/pytest tests/browser
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='$(RULES)' --fail-under=100

.PHONY: screenshots
screenshots: setup web ## Take the pictures in docs/img anew (ARGS="dark mobile" for single ones)
	@$(LAYER) $(BIN)/python -m tools.screenshots $(ARGS)

.PHONY: bench
bench: setup ## Run the benchmarks (JSON in bench/results/)
	@$(LAYER) $(BIN)/python -m bench

.PHONY: layer
layer: ## Build the layer alone (FOLDER=somewhere/python; see layers/core/Makefile)
	@$(PYTHON) -m tools.build_layer "$(FOLDER)"

.PHONY: build
build: ## Build what is deployed (sam build), and print a hash of each part
	@$(ENVIRONMENTS) sam
	@$(SAM)/sam build
	@$(PYTHON) -m tools.artifacts .aws-sam/build

.PHONY: deploy
deploy: build ## Deploy to the AWS account of the current credentials (sam deploy)
	@$(SAM)/sam deploy $(ARGS)

.PHONY: lock
lock: setup ## Pin again what requirements/*.in ask for (ARGS=--upgrade for newer)
	@UV=$(CURDIR)/.venv-uv/bin/uv requirements/lock $(ARGS)

.PHONY: clean
clean: ## Remove environments, caches and builds (local data in .local/ stays)
	@rm -rf .venv .venv-* .environments.lock .aws-sam .mypy_cache .ruff_cache .pytest_cache \
	    .hypothesis .import_linter_cache .coverage .coverage.* htmlcov \
	    node_modules .web.lock web/*/dist web/*/cdn examples/*/dist
	@find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
