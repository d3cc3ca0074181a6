# copydesk: bare `make` lists the targets. Needs python3.11 (or newer), pip and make; everything else is brought in by hash.
PYTHON ?= python3.11
PACKS ?= ../shared/packs
TOOLS := .tools
UV := $(TOOLS)/bin/uv
BIN := .venv/bin
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

# Every crawl and every worker is a process of its own: without compiled files each would compile Scrapy and SQLAlchemy anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-desk test-airflow test-airflow-quiet lint format quality bench celery-proof lock wheel airflow airflow-env clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv with everything from requirements/dev.txt, and copydesk itself

demo: .venv/.ready ## crawl three small portals on loopback, twice, and show what was found
	$(BIN)/copydesk demo

# A make of its own, so that the two run at the same time whatever -j was given.
test: .venv/.ready .venv-airflow/.ready ## run all tests (ARGS="tests/test_x.py -k name -n 0" for some of them, on one core)
	$(MAKE) --no-print-directory -j2 $(if $(findstring tests/,$(ARGS)),test-desk,test-desk test-airflow-quiet)

test-desk: .venv/.ready ## run the tests without those of the DAGs, on all cores
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope $(ARGS)

test-airflow: .venv/.ready .venv-airflow/.ready ## run the tests of the DAGs, with Airflow (AIRFLOW_ARGS="-k name" for some)
	.venv-airflow/bin/python -m pytest tests/airflow $(AIRFLOW_ARGS)

test-airflow-quiet: ## the same, and say nothing before the end
	@said=$$(mktemp); $(MAKE) --no-print-directory test-airflow >$$said 2>&1; code=$$?; cat $$said; rm -f $$said; exit $$code

lint: .venv/.ready ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.ready ## let ruff put the layout right
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

quality: .venv/.ready ## score the packs in ../shared/packs against benchmarks/quality/floors.toml
	COPYDESK_PACKS=$(PACKS) $(BIN)/python -m benchmarks.quality $(ARGS)

bench: .venv/.ready ## what a page and a crawl cost, against trafilatura and a naive spider
	COPYDESK_PACKS=$(PACKS) $(BIN)/python -m benchmarks.extraction_cost
	COPYDESK_PACKS=$(PACKS) $(BIN)/python -m benchmarks.throughput $(ARGS)

celery-proof: .venv/.ready .venv-airflow/.ready ## kill one of two Celery workers in mid-crawl; needs Debian's redis-server
	$(BIN)/python -m benchmarks.airflow.celery_proof $(ARGS)

lock: $(UV) ## write requirements/*.txt anew from pyproject.toml and requirements/*.in
	$(LOCK) requirements/uv.in --output-file requirements/uv.txt
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	$(LOCK) requirements/airflow.in --output-file requirements/airflow.txt
	$(LOCK) requirements/airflow-dev.in --output-file requirements/airflow-dev.txt

wheel: .venv/.ready ## build dist/copydesk-*.whl
	$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist
	@ls dist/*.whl

airflow: .venv/.ready .venv-airflow/.ready ## try the DAGs: Airflow on loopback until Ctrl-C (DEMO=1: made-up portals, no network)
	env PYTHONPATH=dags .venv-airflow/bin/python -m copydesk_airflow.start $(if $(DEMO),--demo)

airflow-env: .venv-airflow/.ready ## make .venv-airflow: Airflow in an environment of its own

clean: ## remove environments, caches and builds; no data
	rm -rf .venv .venv-airflow $(TOOLS) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian's pip refuses to install into the system; --target is not the system.
$(UV): requirements/uv.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --upgrade --target $(TOOLS) --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.ready: $(UV) requirements/dev.txt pyproject.toml
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-airflow/.ready: $(UV) requirements/airflow-dev.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-airflow
	$(UV) pip sync --quiet --python .venv-airflow/bin/python --require-hashes requirements/airflow-dev.txt
	@touch $@
