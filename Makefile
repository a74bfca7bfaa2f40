# Nightbell's commands. All but `build` need only Python, make and PyPI; everything lands in .venv.

PYTHON ?= python3
PORT ?= 8000
MAIL_PORT ?= 2525
ARCHITECTURE ?= arm64
CONFIG ?= default
SAM_VERSION := 1.170.0
CHECKOV_VERSION := 3.3.30
ZIZMOR_VERSION := 1.32.0

# The zones of the tzdata package, as in the Lambda functions, not those of this machine.
export PYTHONTZPATH :=
export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0

BIN := .venv/bin
SYNC := $(BIN)/uv sync --quiet --locked --inexact --no-python-downloads

.PHONY: help run test check format bench costs build deploy validate clean-local clean

help:
	@echo "make run              start the whole system on this machine [PORT=8000] [MAIL_PORT=2525]"
	@echo "make clean-local      forget what 'make run' has stored"
	@echo "make test             run the tests [ARGS=pytest arguments]"
	@echo "make check            formatting, lint, types and template"
	@echo "make format           format the code"
	@echo "make bench            measure [ARGS='--json FILE']"
	@echo "make costs            compute the tables of docs/costs.md"
	@echo "make build            build what 'sam deploy' uploads [ARCHITECTURE=arm64]"
	@echo "make deploy           deploy what was built [CONFIG=default|staging|prod]"
	@echo "make validate         check the template as SAM and checkov do"

run: .venv/.local
	@$(BIN)/python -m local --port $(PORT) --mail-port $(MAIL_PORT)

test: .venv/.dev .venv/.chromium
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint -a cfn_lint_serverless.rules -t template.yaml
	$(BIN)/uv tool run --quiet zizmor@$(ZIZMOR_VERSION) --quiet --offline .github/workflows

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev
	@$(BIN)/python -m bench $(ARGS)

costs: .venv/.dev
	@$(BIN)/python -m bench.costs

# SAM CLI cannot share an environment with MiniStack (their botocore pins differ), so uv runs it in one of its own.
SAM := $(BIN)/uv tool run --quiet --from aws-sam-cli==$(SAM_VERSION) sam

build: .venv/.uv
	PATH="$(CURDIR)/$(BIN):$$PATH" ARCHITECTURE=$(ARCHITECTURE) \
	  $(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)
	@$(BIN)/python layers/inspect_build.py .aws-sam/build $(ARCHITECTURE)

deploy: .venv/.uv
	$(SAM) deploy --config-env $(CONFIG) $(ARGS)

validate: .venv/.uv
	$(SAM) validate --lint --region eu-west-1
	$(BIN)/uv tool run --quiet --from checkov==$(CHECKOV_VERSION) checkov --config-file .checkov.yaml

clean-local:
	rm -rf .local

clean:
	rm -rf .venv .aws-sam .cache .mypy_cache .pytest_cache .ruff_cache

# Stamps: what the environment holds. A warm run installs nothing.
.venv/.uv: bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Nightbell needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.txt
	@touch $@

.venv/.local: .venv/.uv pyproject.toml uv.lock
	@$(SYNC) --group local
	@touch $@

.venv/.dev: .venv/.uv pyproject.toml uv.lock
	@$(SYNC) --group dev
	@touch $@ .venv/.local

# The machine's own Chromium, else Playwright's. Without either the tests of the dashboard fail, and no others.
.venv/.chromium: .venv/.dev
	@if command -v chromium || command -v chromium-browser || command -v google-chrome || \
	  PLAYWRIGHT_BROWSERS_PATH=.venv/browsers $(BIN)/playwright install --only-shell chromium; then touch $@; \
	else echo "No Chromium here, and none to download: install it, for the tests in tests/browser" >&2; fi >/dev/null
