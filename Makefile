# Everything a new machine needs is Python 3.11+, make and pip. `make demo` and `make test` set up the rest.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip

.DEFAULT_GOAL := help
.PHONY: help demo test dev lint types editor-check docs coverage clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Torch first and exactly: any other request may fetch a CUDA build of several gigabytes.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "olivebranch needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --constraint constraints.txt "$$(grep '^torch==' constraints.txt)"
	$(PIP) install --quiet --constraint constraints.txt --editable '.[learn,test,peers]'
	touch $@

.venv/developed: .venv/installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[all,test,peers,dev]'
	touch $@

demo: .venv/installed  ## train on several presets and hold learned play against theory
	$(BIN)/olivebranch study configs/demo --preset costly-escalation --preset desperate-first --preset rival-expectations --output demo-results

test: .venv/installed  ## all tests but the slow ones
	$(BIN)/python -m pytest -n 2

dev: .venv/developed  ## linters, type checkers, and the links that these need
	mkdir -p .types/olivebranch
	for entry in $$(ls src/olivebranch | grep -v __pycache__); do ln -sfn ../../src/olivebranch/$$entry .types/olivebranch/$$entry; done
	for folder in games theory envs agents train eval; do ln -sfn ../../$$folder .types/olivebranch/$$folder; done

lint: dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev  ## mypy, strict
	$(BIN)/mypy

editor-check: dev  ## pyright: every import is found, as in an editor
	$(BIN)/pyright

docs: dev  ## the documentation as a site in docs/_build/html, warnings as errors
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html"

# Longer than the tests alone. One folder: make coverage TESTS=tests/games
coverage: dev  ## which lines and branches the tests run; TESTS=tests/games for some of them
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

clean:  ## remove what make made
	rm -rf .venv .types build dist demo-results runs
