# make run    install what is needed, start Hearback and print its addresses
# make test   install what tests need, check the code and run every test
# make help   lists the rest

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q --retries 5 --timeout 60

.DEFAULT_GOAL := help
.PHONY: help run install test check format soak bench screenshots audit lock clean

help:  ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: install  ## install, start, and print the addresses (HEARBACK_PORT=8081 make run: another port)
	@exec $(BIN)/hearback serve

install: .venv/.run  ## everything Hearback needs to run, in .venv

test: .venv/.test tools/browser.done tools/pa11y/node_modules/.done check  ## check the code, then run every test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: .venv/.test  ## style, types, who imports whom, and whether the catalogues are fresh
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_house.py
	@$(BIN)/python -m locales check

format: .venv/.test  ## put the code into its usual form
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

soak: .venv/.test  ## kill -9 under load, many rounds, each database (ROUNDS=100)
	@ROUNDS=$(or $(ROUNDS),100) $(BIN)/python -m pytest -m soak tests

bench: .venv/.test  ## the speed table
	@$(BIN)/python -m benchmarks.turns
	@$(BIN)/python -m benchmarks.posts
	@$(BIN)/python -m benchmarks.desk
	@$(BIN)/python -m benchmarks.reports
	@$(BIN)/python -m benchmarks.danger

screenshots: .venv/.test tools/browser.done  ## the README's pictures, anew
	@$(BIN)/python tools/screenshots.py

audit: .venv/.test  ## known weaknesses in the locked packages
	@$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip -r requirements.lock

lock:  ## choose versions anew (needs uv)
	@command -v uv >/dev/null || { echo "Please install uv first: pip install uv"; exit 1; }
	@echo "setuptools>=77" | uv pip compile $(LOCK) - -o requirements-build.lock
	@uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	@uv pip compile $(LOCK) pyproject.toml --extra test -c requirements.lock -o requirements-test.lock

clean:  ## remove what was installed and built; data/ stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

LOCK := --upgrade --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Hearback needs Python 3.11 or newer; '$(PYTHON)' was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Hearback needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		tools/debian-packages $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
	@$(PYTHON) -m venv .venv

.venv/.run: requirements-build.lock requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing Hearback into .venv (the first time takes a minute or two)"
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements-test.lock .venv/.run
	@echo "Installing what tests need"
	@$(PIP) install --require-hashes --no-build-isolation --use-pep517 -r requirements-test.lock
	@touch $@

tools/pa11y/node_modules/.done: tools/pa11y/package-lock.json
	@command -v npm >/dev/null || tools/debian-packages nodejs npm
	@echo "Installing what looks at the pages besides"
	@cd tools/pa11y && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
	@touch $@

.PHONY: tools/browser.done
tools/browser.done:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || tools/debian-packages chromium
	@fc-list :lang=ar 2>/dev/null | grep -q . || tools/debian-packages fontconfig fonts-noto-core
