# Every way to start, check and renew jiankao. `make help` lists them.
# One virtual environment, .venv: `make run` puts only the run-time lock into it, `make test` and `make lint` add the
# development lock on top. Stamp files make a warm start cheap: nothing is installed until a lock or pyproject changes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
DATA ?= data
ARGS ?=
# How many tests run at once: one worker takes what watches this machine, the others take the rest (tests/conftest.py).
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# --no-deps: the locks are complete on purpose but for evdev, see requirements/lock.
LOCKED := install --no-deps --require-hashes

PROTOS := $(wildcard proto/jiankao_proto/v1/*.proto)
PROTOC = $(BIN)/python -m grpc_tools.protoc -Iproto --python_out=$(1) --pyi_out=$(1)

# What the tests start besides Python: program:package (Debian's names).
TEST_TOOLS := Xvfb:xvfb x11vnc:x11vnc openbox:openbox xdotool:xdotool chromium:chromium openssl:openssl \
	fc-list:fontconfig sqlite3:sqlite3 ip:iproute2 xrandr:x11-xserver-utils Xorg:xserver-xorg-core \
	xauth:xauth sshd:openssh-server
# A driver, not a program: it comes with Xorg's tests.
TEST_DRIVER := xserver-xorg-video-dummy
TEST_FONT := fonts-noto-cjk
# What `make test-programs` tries. RUNLEVEL=1 keeps Debian from starting services.
PROGRAM_PACKAGES := barrier freerdp2-x11 novnc openssh-client openssh-server tigervnc-scraping-server \
	tigervnc-standalone-server tigervnc-viewer websockify xauth xorgxrdp xpra xrdp

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  ARGS="..." goes to the command (run, demo, test); JOBS=0 runs the tests one by one; DATA=folder moves the data folder of run'

# Nothing under Wine may hold up CI: after so long a test tells where it stands, and after so long a step is ended.
TELL_AFTER_S := 120
WINDOWS_WITHIN_S := 600

# ---- use ----

.PHONY: run
run: $(VENV)/.run-stamp ## collector and agent on this machine; prints the console's address (Ctrl-C stops both)
	@exec $(BIN)/jiankao-collector up --data $(DATA) $(ARGS)

.PHONY: install
install: $(VENV)/.run-stamp ## only install into .venv, as a real room does (docs/deploy.md)

.PHONY: demo
demo: $(VENV)/.run-stamp ## a simulated room of 30 seats on the console
	@exec $(BIN)/jiankao-collector demo $(ARGS)

# ---- check ----

.PHONY: test
test: $(VENV)/.dev-stamp test-tools ## all tests (ARGS="tests/proto -x" for some)
	@$(BIN)/python -m pytest --numprocesses=$(JOBS) $(ARGS)

.PHONY: test-windows
test-windows: $(VENV)/.dev-stamp ## the Windows agent under Wine: its own tests, then a whole seat
	@JIANKAO_WINE=$$(PYTHON=$(BIN)/python timeout $(WINDOWS_WITHIN_S) tests/windows/environment/build); export JIANKAO_WINE; \
	timeout --kill-after=10 $(WINDOWS_WITHIN_S) tests/windows/environment/wine-python -m pytest -p no:cacheprovider \
		-o faulthandler_timeout=$(TELL_AFTER_S) tests/windows $(ARGS) </dev/null 2>&1 | cat; \
	timeout --kill-after=10 $(WINDOWS_WITHIN_S) $(BIN)/python -m pytest \
		-o faulthandler_timeout=$(TELL_AFTER_S) tests/windows $(ARGS)

.PHONY: lint
lint: lint-ruff lint-types lint-imports lint-proto ## ruff, mypy for Linux and Windows, import contracts, generated code

.PHONY: lint-ruff
lint-ruff: $(VENV)/.dev-stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: lint-types
lint-types: $(VENV)/.dev-stamp
	$(BIN)/mypy
	$(BIN)/mypy --platform win32

.PHONY: lint-imports
lint-imports: $(VENV)/.dev-stamp
	$(BIN)/lint-imports

.PHONY: lint-proto
lint-proto: $(VENV)/.dev-stamp
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	$(call PROTOC,$$fresh) $(PROTOS); \
	$(call PROTOC,$$fresh) --grpc_python_out=$$fresh proto/jiankao_proto/v1/transport.proto; \
	for made in $$fresh/jiankao_proto/v1/*; do \
		cmp -s "$$made" "proto/jiankao_proto/v1/$${made##*/}" || \
			{ echo "proto/jiankao_proto/v1/$${made##*/} is not what its .proto generates: run 'make proto'" >&2; exit 1; }; \
	done; \
	echo "generated code is fresh"

.PHONY: test-programs
test-programs: $(VENV)/.dev-stamp test-tools ## the matrix of real programs (root, Debian packages); renews docs/real-programs.md
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(PROGRAM_PACKAGES) >/dev/null 2>&1; then \
		apt-get update -qq; \
		for package in $(PROGRAM_PACKAGES); do \
			DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends \
				"$$package" </dev/null >/dev/null || echo "$$package cannot be installed: skipped" >&2; \
		done; \
	fi
	@rm -rf output/real-programs
	@passed=0; $(BIN)/python -m pytest tests/real_programs/matrix.py $(ARGS) || passed=$$?; \
	$(BIN)/python -m tests.real_programs.report docs/real-programs.md; exit $$passed

# ---- change ----

.PHONY: format
format: $(VENV)/.dev-stamp ## format the code, apply the safe fixes of ruff
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: proto
proto: $(VENV)/.dev-stamp ## generate the code of proto/jiankao_proto/v1/*.proto anew
	$(call PROTOC,proto) $(PROTOS)
	$(call PROTOC,proto) --grpc_python_out=proto proto/jiankao_proto/v1/transport.proto

.PHONY: lock
lock: ## renew both hashed locks from the ranges in pyproject.toml (needs uv)
	sh requirements/lock

.PHONY: doctor-output
doctor-output: $(VENV)/.dev-stamp test-tools ## renew what the readmes show of `jiankao-agent doctor` (root)
	@JIANKAO_WINE=$$(PYTHON=$(BIN)/python timeout $(WINDOWS_WITHIN_S) tests/windows/environment/build); export JIANKAO_WINE; \
	$(BIN)/python -m tests.agent.doctor_output

.PHONY: screenshot
screenshot: $(VENV)/.dev-stamp test-tools ## take docs/images/console-*.png from a demo room with an alert
	$(BIN)/python -m tests.browser.screenshot docs/images

# ---- measure ----

.PHONY: bench
bench: $(VENV)/.dev-stamp test-tools ## every measurement of tests/bench that has no target of its own; each prints JSON
	@for bench in $(filter-out %/__init__.py %/newcomer.py %soak.py %/agent_footprint.py %/detection_latency.py %/footprint_figures.py,$(wildcard tests/bench/*.py)); do \
		$(BIN)/python -m "tests.bench.$$(basename "$$bench" .py)"; \
	done

.PHONY: newcomer
newcomer: ## time `make run` in a fresh clone, cold and warm; prints JSON
	@$(PYTHON) tests/bench/newcomer.py $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev-stamp ## a simulated room for an hour, watching memory and delay (ARGS="--minutes 5" for less)
	@$(BIN)/python -m tests.bench.soak $(ARGS)

.PHONY: quality
quality: $(VENV)/.dev-stamp ## how well it judges, over 1,000 honest hours (20 minutes; ARGS="--hours 50" for less); renews docs/detection-quality.md
	@$(BIN)/python -m tests.quality.page $(ARGS)

.PHONY: footprint
footprint: $(VENV)/.dev-stamp test-tools ## what the agent costs and how fast it sees (half an hour, a quiet machine); renews the readmes
	@mkdir -p output
	@$(BIN)/python -m tests.bench.agent_footprint $(ARGS) > output/agent_footprint.json
	@$(BIN)/python -m tests.bench.detection_latency > output/detection_latency.json
	@$(BIN)/python -m tests.bench.footprint_figures

.PHONY: soak-agent
soak-agent: $(VENV)/.dev-stamp test-tools ## the agent for half an hour, watching its memory (ARGS="--minutes 5" for less); renews the readmes
	@mkdir -p output
	@$(BIN)/python -m tests.bench.agent_soak $(ARGS) > output/agent_soak.json
	@$(BIN)/python -m tests.bench.footprint_figures

.PHONY: clean
clean: ## remove the virtual environment and caches; never a data folder
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# ---- set-up ----

# Debian ships python3 without the venv module's pip: `import ensurepip` is what fails there.
$(BIN)/python:
	@if ! command -v $(PYTHON) >/dev/null || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "jiankao needs Python 3.11 or newer as '$(PYTHON)': install it, or say make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing python3-venv" >&2; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv </dev/null >/dev/null; \
		else \
			echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv" >&2; exit 1; \
		fi; \
	fi
	@echo "making $(VENV)" >&2; $(PYTHON) -m venv --clear $(VENV)

$(VENV)/.run-stamp: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "installing what jiankao needs to run" >&2
	@$(PIP) $(LOCKED) -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-stamp: requirements/dev.lock $(VENV)/.run-stamp
	@echo "installing what the checks need" >&2
	@$(PIP) $(LOCKED) -r requirements/dev.lock
	@touch $@

.PHONY: test-tools
test-tools:
	@missing=""; PATH="$$PATH:/usr/sbin:/sbin"; \
	for tool in $(TEST_TOOLS); do command -v "$${tool%%:*}" >/dev/null || missing="$$missing $${tool##*:}"; done; \
	if ! command -v fc-list >/dev/null || [ -z "$$(fc-list :lang=zh-cn)" ]; then missing="$$missing $(TEST_FONT)"; fi; \
	if ! ls /usr/lib*/xorg/modules/drivers/dummy_drv.so >/dev/null 2>&1; then missing="$$missing $(TEST_DRIVER)"; fi; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing for the tests:$$missing" >&2; \
		apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
			apt-get install -y -qq --no-install-recommends $$missing </dev/null >/dev/null; \
	else \
		echo "The tests need these packages, which are missing:$$missing" >&2; \
		echo "Install them: sudo apt-get install --no-install-recommends$$missing" >&2; exit 1; \
	fi
