# make run       set up what is missing and open the window (no display: a sample face on the command line)
# make test      set up what is missing and run the whole test suite (FAST=1 without its slow tests)
# make test-cuda run the tests that need a CUDA device
# make check     style, types, the rings' imports and the declared dependencies
# make coverage  run the tests and say how much of the code they run (also in build/coverage.json)
# make docs      build the documentation site in build/site and follow its links
# make bench     run the benchmarks (BENCH=NAME for one) and print their headlines
#
# ARGS="..."  more arguments, for `likeness invert` (make run without a display) or pytest (make test, make coverage)
# PYTHON=...  the interpreter that .venv is made with

ARGS ?=
PYTHON ?=
BENCH ?= *
FAST ?=
# A file's tests stay together on one worker: they share what they opened. More workers than this only wait for memory.
TESTS = .venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(if $(FAST),-m "not slow")
export PYTHON

.PHONY: run test test-cuda coverage check docs bench setup constraints clean

run: setup
	@bash scripts/start.sh $(ARGS)

setup:
	@bash scripts/setup.sh run

test:
	@bash scripts/setup.sh test
	$(TESTS) $(ARGS)

# One process: all would share one device.
test-cuda:
	@bash scripts/setup.sh test
	.venv/bin/python -m pytest -m cuda tests/cuda $(ARGS)

coverage:
	@bash scripts/setup.sh test
	$(TESTS) --cov --cov-report term:skip-covered --cov-report json:build/coverage.json $(ARGS)

check:
	@bash scripts/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/mypy --explicit-package-bases benchmarks scripts examples
	.venv/bin/lint-imports
	.venv/bin/deptry .

docs:
	@bash scripts/setup.sh test
	.venv/bin/python -m scripts.docs_build

bench:
	@bash scripts/setup.sh test
	@failed=; for file in $$(grep -l '__main__' benchmarks/$(BENCH).py); do \
		name=$$(basename "$$file" .py); [ "$$name" = common ] && continue; \
		echo "==> $$name"; .venv/bin/python -m "benchmarks.$$name" $(ARGS) || failed="$$failed $$name"; done; \
	.venv/bin/python -m benchmarks.common; \
	[ -z "$$failed" ] || { echo "not run to their end:$$failed" >&2; exit 1; }

# Pin every dependency at the version now in .venv; torch without its build, so that a CPU build fits too.
# Debian 12 has Python 3.11.2: take no version that asks for a later one.
constraints:
	.venv/bin/python -m pip list --format=freeze | grep -v -i -E '^(likeness|pip|setuptools|wheel)==' \
		| sed -E 's/\+cpu$$//' | sort -f > constraints.txt

clean:
	rm -rf .venv .cache out build .coverage*
