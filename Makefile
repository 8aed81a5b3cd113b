# make demo · make test · make check; each does its own set-up.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: help setup demo test check clean

help:
	@echo "make demo    play the built-in match as a live feed and run the service on it (Ctrl-C ends it)"
	@echo "make test    run the tests"
	@echo "make check   format, lint, types, tests"
	@echo "make setup   only the virtual environment in $(VENV)"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; $(PYTHON) is older. Try: make setup PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV): about a minute, once"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,footage]'
	@# its opencv-python would overwrite the headless one, which needs no display libraries
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps trackeval
	@touch $@

demo: setup
	@$(VENV)/bin/stream-engine demo

test: setup
	@$(VENV)/bin/python tools/test_peers
	$(VENV)/bin/python -m pytest -q

check: setup
	@$(VENV)/bin/python tools/check

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
