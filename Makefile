# GNU make 3.81 or newer. Nothing is installed outside .venv, and no environment is activated.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
NODE_READY := tests/npm/node_modules/.installed
# Every command starts anew: without compiled modules it would start seconds later.
unexport PYTHONDONTWRITEBYTECODE
DEMO = $(if $(PURCHASES),--purchases $(PURCHASES)) $(if $(filter 0,$(SERVE)),--no-serve) \
       $(if $(PORT),--port $(PORT))

.PHONY: guards screens isolation-report help setup test check demo serve bench schema client clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything that is locked; needs Python 3.11 or newer

$(READY): pyproject.toml uv.lock requirements.lock
	@scripts/setup
	@touch $@

$(NODE_READY): $(READY) tests/npm/package-lock.json
	@scripts/setup_node
	@touch $@

test: setup $(NODE_READY) ## Run every check and every test
	@scripts/setup_browser
	@scripts/check

check: setup ## Run every check but not the tests
	@scripts/check fast

demo: setup ## From nothing to a running coalition (PURCHASES=file, SERVE=0, PORT=n)
	@$(BIN)/coalition demo $(DEMO)

serve: setup ## Serve the API and run the jobs on the embedded database
	@$(BIN)/coalition serve --with-worker

bench: setup ## Measure this machine against pgbench, side by side; prints ratios
	@$(BIN)/python -m bench

schema: setup ## Write the GraphQL schema to schema.graphql and docs/reference/schema.md
	@$(BIN)/coalition schema > schema.graphql.new
	@mv schema.graphql.new schema.graphql
	@$(BIN)/python scripts/print_reference > docs/reference/schema.md.new
	@mv docs/reference/schema.md.new docs/reference/schema.md

client: setup ## Make the typed client in clients/python anew from schema.graphql
	@clients/python/generate

guards: setup ## Write what the migrations make that guards the books to src/coalition/jobs/guards.txt
	@$(BIN)/python scripts/list_guards > guards.txt.new
	@mv guards.txt.new src/coalition/jobs/guards.txt

isolation-report: setup ## Ask every field with every kind of token; write docs/isolation.md
	@$(BIN)/pytest -q -n 0 tests/isolation/test_matrix.py --isolation-report

screens: setup ## Write pictures of the members' pages to docs/screens
	@scripts/setup_browser
	@$(BIN)/pytest -q -n 0 tests/web/browser/test_screens.py --screens

clean: ## Remove .venv and the tools' caches; data is left alone
	rm -rf .venv clients/python/.venv tests/npm/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench migrations clients/python/src examples -name __pycache__ -type d -prune -exec rm -rf {} +
