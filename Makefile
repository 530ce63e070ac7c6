# `make run` starts Hội Thi with the demo province; `make` alone checks and tests everything.
# Both do all their own set-up: git, make and python3 (3.11 or later) are enough.

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
BIN := .venv/bin
WEB := realtime/web

.DEFAULT_GOAL := all
.PHONY: all run test setup setup-dev setup-test setup-web web web-check coverage lint format types layers clean

all: lint types layers test

run: setup
	@exec $(BIN)/hoithi up --demo $(ARGS)

setup:
	@$(PYTHON) deploy/bootstrap.py

setup-dev:
	@$(PYTHON) deploy/bootstrap.py --group dev

# PostgreSQL, Redis, Chromium and Node come from the system's packages, and only where they are missing.
setup-test: setup-dev
	@$(PYTHON) deploy/system_packages.py
	@$(MAKE) --no-print-directory setup-web

setup-web:
	@$(PYTHON) deploy/web_packages.py

web: setup-web
	@cd $(WEB) && node build.mjs

web-check: setup-test
	@cd $(WEB) && npm run --silent check
	@cd $(WEB) && node build.mjs --check

lint: setup-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup-dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: setup-dev
	@$(BIN)/mypy
	@$(BIN)/mypy deploy/*.py

layers: setup-dev
	@$(BIN)/lint-imports

# Four workers on two cores: whoever drives a browser or a platform mostly waits.
test: setup-test lint types layers web-check
	@$(BIN)/pytest -n 4 --dist worksteal $(PYTEST_ARGS)

# Apart from `test`: counting branches doubles what the pure tests cost.
coverage: setup-test
	@$(BIN)/pytest -n 4 --dist worksteal --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

clean:
	rm -rf .venv $(WEB)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
