# make run    install what is needed, start Hearback and print its addresses
# make test   install what tests need, check the code and run every test
# make help   lists the rest

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q --retries 5 --timeout 60

.DEFAULT_GOAL := help
.PHONY: help run install lists test check format soak bench screenshots docs audit sbom lock clean

help:  ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: install lists  ## install, start, and print the addresses; with invented people (HEARBACK_DEMO=no: without them)
	@exec $(BIN)/hearback serve --demo

install: .venv/.run $(if $(PDF),.venv/.pdf)  ## everything Hearback needs to run, in .venv; PDF=1: posters as PDF too

lists: .venv/.run  ## signs of danger, compiled: the first start need not do it
	@$(BIN)/python -m bot.danger

test: .venv/.test lists tools/browser.done tools/pa11y/node_modules/.done check docs  ## check the code, build the pages, run every test
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

soak: .venv/.test docs  ## every fault, many rounds, each database, and the pages; writes docs/reliability.md (ROUNDS=100)
	@mkdir -p build && rm -f $(RESULTS)
	@SOAK_RESULTS=$(RESULTS) ROUNDS=$(or $(ROUNDS),100) $(BIN)/python -m pytest -m soak tests
	@SOAK_RESULTS=$(RESULTS) ROUNDS=$(or $(ROUNDS),100) $(BIN)/python -m tests.faults.record

bench: .venv/.test tools/browser.done  ## the speed table, into docs/benchmarks.md; QUICK=1: small, only printed
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(PARTS)

screenshots: .venv/.test tools/browser.done  ## the README's pictures, anew
	@$(BIN)/python tools/screenshots.py

docs: .venv-docs/.done  ## the documentation as pages: build/docs/index.html
	@rm -rf build/docs
	@.venv-docs/bin/python -m sphinx -W --keep-going -q -c tools/docs -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

audit: .venv/.test .venv-audit/.done tools/audit/node_modules/.done tools/browser.done  ## every check of security (OFFLINE=1: without pip-audit); docs/security.md answers what they find
	@mkdir -p build && rm -f $(AUDITED)
	@API_SECONDS=$(or $(API_SECONDS),120) $(BIN)/python -m pytest tests/api/test_schemathesis.py
	@$(if $(OFFLINE),echo "Without pip-audit: what it asks cannot be reached",$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip -r requirements.lock)
	@$(MAKE) --no-print-directory sbom
	@AUDIT_RESULTS=$(AUDITED) $(BIN)/python tools/audit/bill.py
	@AUDIT_RESULTS=$(AUDITED) $(BIN)/python tools/audit/answers.py .venv-audit/bin/bandit .venv-audit/bin/detect-secrets
	@$(BIN)/python -m pytest tests/security
	@AUDIT_RESULTS=$(AUDITED) $(BIN)/python tools/audit/pages.py .venv-audit/bin/wapiti
	@OFFLINE=$(OFFLINE) AUDIT_RESULTS=$(AUDITED) $(BIN)/python tools/audit/record.py

sbom: .venv-audit/.done  ## what is in it, as a CycloneDX bill of materials: build/sbom.json
	@mkdir -p build
	@.venv-audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible -o build/sbom.json requirements.lock

lock:  ## choose versions anew (needs uv)
	@command -v uv >/dev/null || { echo "Please install uv first: pip install uv"; exit 1; }
	@echo "setuptools>=77" | uv pip compile $(LOCK) - -o requirements-build.lock
	@uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	@uv pip compile $(LOCK) pyproject.toml --extra test -c requirements.lock -o requirements-test.lock
	@uv pip compile $(LOCK) pyproject.toml --extra pdf -c requirements-test.lock -o requirements-pdf.lock
	@for one in docs audit; do uv pip compile $(LOCK) tools/$$one/requirements.in -o tools/$$one/requirements.lock || exit 1; done

clean:  ## remove what was installed and built; data/ stays
	@rm -rf .venv .venv-bench .venv-audit .venv-docs build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

RESULTS := build/soak.jsonl
AUDITED := build/audit.jsonl
LOCK := --upgrade --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "Hearback needs Python 3.11 or newer; '$(PYTHON)' was not found. On Debian: apt-get install python3-venv"; exit 1; }
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

.venv/.pdf: requirements-pdf.lock .venv/.run
	@$(PIP) install --require-hashes --no-build-isolation --use-pep517 -r requirements-pdf.lock
	@$(BIN)/python -c 'import weasyprint' 2>/dev/null || \
		tools/debian-packages libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-noto-cjk
	@touch $@

.venv/.test: requirements-test.lock .venv/.run
	@echo "Installing what tests need"
	@$(PIP) install --require-hashes --no-build-isolation --use-pep517 -r requirements-test.lock
	@touch $@

.venv-docs/.done: tools/docs/requirements.lock | .venv/bin/python
	@$(BIN)/python -m venv .venv-docs
	@.venv-docs/bin/python -m pip --disable-pip-version-check --no-input -q install --require-hashes -r $<
	@touch $@

.venv-audit/.done: tools/audit/requirements.lock .venv/.test
	@$(BIN)/python -m venv .venv-audit
	@.venv-audit/bin/python -m pip --disable-pip-version-check --no-input -q install --require-hashes -r $<
	@touch $@

tools/audit/node_modules/.done: tools/audit/package-lock.json
	@command -v npm >/dev/null || tools/debian-packages nodejs npm
	@cd tools/audit && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
	@touch $@

tools/pa11y/node_modules/.done: tools/pa11y/package-lock.json
	@command -v npm >/dev/null || tools/debian-packages nodejs npm
	@echo "Installing what looks at the pages besides"
	@cd tools/pa11y && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
	@touch $@

.PHONY: tools/browser.done
tools/browser.done:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || tools/debian-packages chromium
	@(for letters in am hi zh; do fc-list :lang=$$letters 2>/dev/null | grep -q . || exit 1; done) || \
		tools/debian-packages fontconfig fonts-noto-core fonts-noto-cjk
