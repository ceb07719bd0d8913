# From nothing: `make dataset` builds the embedded data set, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
OUT := build/demo
# As many processes as there are cores, up to a few: what they share is made once, but each collects all tests.
PARALLEL := -n auto --maxprocesses 4 --dist worksteal

.PHONY: dataset test lint types conformance clean

dataset: $(VENV)/.installed
	$(VENV)/bin/synthsmith build --out $(OUT)

test: $(VENV)/.installed-dev lint types
	$(VENV)/bin/python -m pytest $(PARALLEL)

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# A mapped package layout is seen by the type checker only once it is installed as a plain tree.
types: $(VENV)/.installed-dev
	rm -rf build/types
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target build/types .
	cd build/types && ../../$(VENV)/bin/mypy --config-file ../../setup.cfg --cache-dir ../mypy --python-executable ../../$(VENV)/bin/python -p synthsmith

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@ $(VENV)/.installed

# The trainers' own code over exports of the embedded data set, on the CPU, in an environment of their own (2 GB);
# each in a process of its own, for ms-swift changes transformers' classes where it is imported.
TRAINERS := build/conformance
conformance: dataset $(TRAINERS)/.installed
	rm -rf $(TRAINERS)/exports
	$(VENV)/bin/python tests/conformance/make_exports.py $(OUT) $(TRAINERS)/exports
	for tests in tests/conformance/test_*.py; do \
		SYNTHSMITH_EXPORTS=$(TRAINERS)/exports SYNTHSMITH_DATASET=$(OUT)/dataset PYTHONPATH=. HF_HUB_OFFLINE=1 \
		$(TRAINERS)/venv/bin/python -m pytest $$tests -v -o filterwarnings=default || exit 1; \
	done

$(TRAINERS)/.installed: tests/conformance/requirements.txt tests/conformance/trainers.txt
	$(PYTHON) -m venv $(TRAINERS)/venv
	$(TRAINERS)/venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/conformance/requirements.txt
	$(TRAINERS)/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/conformance/trainers.txt
	touch $@

clean:
	rm -rf build $(VENV)
