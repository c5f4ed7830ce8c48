# make run      start the dashboard          make run ARGS="--server.port 8600"
# make test     every gate, then all tests   make lint / make format: the gates alone / fix what can be fixed
# make quick    every gate, then the tests without browser, server or long simulations: while you work
# make check    every gate, and known vulnerabilities of what requirements.lock installs (asks PyPI)
# make lock     the newest releases that requirements.txt allows, and their hashes, into requirements.lock
# make pictures every page in light, dark and on a phone, and the README's
# make clean    remove the environment       make PYTHON=python3.12 run: another interpreter for a new environment

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check

.PHONY: run test quick check lock lint format browser pictures clean

run: $(VENV)/.installed
	@exec $(PY) -m streamlit run dashboard.py $(ARGS)

# pytest comes last, so that its closing line is the last one printed. Two at a time, a file's tests together, in the order
# of tests/browser/conftest.py.
test: lint browser
	@$(PY) -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

quick: lint
	@HYPOTHESIS_PROFILE=quick $(PY) -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "not server and not slow"

check: lint
	@$(PY) .ci/audit.py requirements.lock

lock: | $(PY)
	$(PIP_INSTALL) 'uv>=0.13,<0.14'
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command 'make lock' --output-file requirements.lock requirements.txt

lint: $(VENV)/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.installed-dev
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

browser: $(VENV)/.installed-dev
	@$(PY) tests/browser/chromium.py

pictures: browser
	$(PY) -m tests.browser.pictures pictures
	$(PY) -m tests.browser.pictures docs --pages students student evaluation compare jobs --views desktop --height 1300
	$(PY) -m tests.browser.pictures docs --pages student --views phone --height 1300

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache pictures
	find . -name __pycache__ -prune -exec rm -rf {} +

# Stamps: nothing is installed again until a requirements file changes.
$(VENV)/.installed: requirements.lock | $(PY)
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# Debian and Ubuntu package venv's ensurepip apart from Python; root can have it installed at once.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'Python 3.11 or newer is needed and "$(PYTHON)" is not. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	    package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$$package"; \
	    else \
	        echo "Python's venv is incomplete here: apt-get install $$package (or what your system calls it), then run this again." >&2; exit 1; \
	    fi; }
	$(PYTHON) -m venv $(VENV)
