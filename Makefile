# make run   set up this machine and start the server on 127.0.0.1:8000
# make test  set up, then run every check and every test

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up-for
WANTED := $(shell cat pyproject.toml requirements.lock scripts/setup.sh 2>/dev/null | sha256sum | cut -c1-16)
TEST_WORKERS ?= 2

.PHONY: run test setup check bench chaos train evaluate clean

run: setup
	@$(BIN)/alttext-local serve

setup:
	@if [ "$$(cat $(STAMP) 2>/dev/null)" != "$(WANTED)" ]; then \
		PYTHON=$(PYTHON) bash scripts/setup.sh $(VENV) && echo $(WANTED) > $(STAMP); \
	else PYTHON=$(PYTHON) bash scripts/setup.sh --programs-only $(VENV); fi

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --max-worker-restart 0

# Half an hour on an idle machine: the shipped model beside transformers alone; writes docs/PERFORMANCE.md. Real sizes with
# random weights, on a GPU: `python -m scripts.bench one --model llava-1.5-7b-random`; see `python -m scripts.bench one --help`.
bench: setup
	$(BIN)/python -m scripts.bench one --json build/bench/one.json
	$(BIN)/python -m scripts.bench many --json build/bench/many.json
	$(BIN)/python -m scripts.bench callers --json build/bench/callers.json
	$(BIN)/python -m scripts.bench files --json build/bench/files.json
	$(BIN)/python -m scripts.bench report build/bench/one.json build/bench/many.json build/bench/callers.json build/bench/files.json
	$(BIN)/python scripts/bench_bulk.py
	$(BIN)/python scripts/bench_batch.py --json docs/batch.json

# Kill server and worker with kill -9 and count what became of every job; about half an hour. KILLS: on SQLite, a fifth
# of them on PostgreSQL besides.
KILLS ?= 500
chaos: setup
	$(BIN)/python -m scripts.chaos.run --kills $(KILLS) --json docs/reliability.json --markdown docs/RELIABILITY.md

# PICTURES: a folder of real pictures by kind, trained on beside the drawings. CHECKING: labelled real pictures that training
# never sees; with them the models are calibrated and measured, and their cards written. MINUTES: for each of the two models.
train: setup
	$(BIN)/python -m scripts.train.run --out models $(if $(PICTURES),--pictures $(PICTURES)) $(if $(MINUTES),--minutes $(MINUTES))
	$(if $(CHECKING),$(MAKE) evaluate)
	$(BIN)/python scripts/pin.py alttext-mini-llava alttext-mini-blip2

evaluate: setup
	for model in alttext-mini-llava alttext-mini-blip2; do $(BIN)/python -m scripts.train.evaluate --model models/$$model \
		--pictures $(CHECKING) $(if $(PICTURES),--training-pictures $(PICTURES)) --table || exit 1; done

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
