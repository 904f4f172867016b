# Two commands do all: `make demo` (build and show) and `make test` (everything the tests need, then all tests).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CFLAGS_TEST := -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined -Icsrc/include -Ibuild/generated
C_TESTS := $(patsubst csrc/tests/%.c,csrc/tests/bin/%,$(wildcard csrc/tests/test_*.c))
SOURCES := pyproject.toml setup.py $(wildcard csrc/*.py csrc/src/* csrc/include/simfilter/* simfilter/_core/*.pyx simfilter/_core/*.pxd)

.PHONY: demo test test-c test-fuzz test-sanitize test-python test-wheel test-engines lint wheel bench docs figures fuzz clean

demo: $(VENV)/built
	$(BIN)/simfilter demo

test: $(VENV)/built lint test-c test-fuzz test-sanitize test-wheel test-python

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	touch $@

$(VENV)/built: $(VENV)/ready $(SOURCES)
	SIMFILTER_WERROR=1 $(BIN)/pip install -q -e '.[test]'
	touch $@

lint: $(VENV)/built
	$(BIN)/ruff check .
	$(BIN)/mypy

build/generated/sf_text_tables.h: $(VENV)/built csrc/generate_tables.py
	$(BIN)/python -c "import sys; sys.path.insert(0, 'csrc'); from pathlib import Path; from generate_tables import write_tables; write_tables(Path('$@'))"

# The core with the sanitizers in it, for the C tests and the replays.
CORE := build/core/libsimfilter.a
build/core/%.o: csrc/src/%.c build/generated/sf_text_tables.h $(wildcard csrc/src/*.h csrc/src/*.inc csrc/include/simfilter/*)
	@mkdir -p $(@D)
	gcc $(CFLAGS_TEST) -c $< -o $@

$(CORE): $(patsubst csrc/src/%.c,build/core/%.o,$(wildcard csrc/src/*.c))
	ar rcs $@ $^

csrc/tests/bin/%: csrc/tests/%.c csrc/tests/check.h $(CORE)
	@mkdir -p $(@D)
	gcc $(CFLAGS_TEST) $< $(CORE) -o $@ -lm

test-c: $(C_TESTS)
	@for test in $(C_TESTS); do ./$$test || exit 1; done

# Hostile bytes: every harness of csrc/fuzz on its kept inputs and changes of them, with gcc alone.
FUZZ := $(patsubst csrc/fuzz/fuzz_%.c,%,$(wildcard csrc/fuzz/fuzz_*.c))
CHANGES ?= 300
SECONDS_EACH ?= 600

build/fuzz/replay-%: csrc/fuzz/fuzz_%.c csrc/fuzz/replay.c csrc/fuzz/fuzz.h $(CORE)
	@mkdir -p $(@D)
	gcc $(CFLAGS_TEST) $< csrc/fuzz/replay.c $(CORE) -o $@ -lm

test-fuzz: $(FUZZ:%=build/fuzz/replay-%)
	@for name in $(FUZZ); do build/fuzz/replay-$$name $(CHANGES) csrc/fuzz/corpus/$$name/* || exit 1; done

# The long form, SECONDS_EACH seconds a harness: libFuzzer where clang is, atheris (pip) on the Python entries.
CLANG := $(firstword $(foreach name,clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14,$(shell command -v $(name))))

build/fuzz/fuzz-%: csrc/fuzz/fuzz_%.c csrc/fuzz/fuzz.h build/generated/sf_text_tables.h $(wildcard csrc/src/* csrc/include/simfilter/*)
	@mkdir -p $(@D)
	$(CLANG) $(filter-out -Werror,$(CFLAGS_TEST)) -fsanitize=fuzzer $< $(wildcard csrc/src/*.c) -o $@ -lm

fuzz: $(VENV)/built $(if $(CLANG),$(FUZZ:%=build/fuzz/fuzz-%))
	@test -n "$(CLANG)" || echo "SKIPPED: no clang here, so the C harnesses were not fuzzed (apt-get install clang)"
	@for name in $(if $(CLANG),$(FUZZ)); do mkdir -p build/fuzz/found-$$name; \
	  build/fuzz/fuzz-$$name -max_total_time=$(SECONDS_EACH) -timeout=10 -artifact_prefix=build/fuzz/$$name- -print_final_stats=1 \
	    build/fuzz/found-$$name csrc/fuzz/corpus/$$name || exit 1; done
	$(BIN)/pip install -q atheris
	@for name in container forged keyed manifest answer source patch settings; do \
	  $(BIN)/python -m tests.fuzz $$name -max_total_time=$(SECONDS_EACH) -artifact_prefix=build/fuzz/$$name- || exit 1; done

# The Cython doors and everything behind them once more, with the sanitizers inside the extension modules.
test-sanitize: $(VENV)/built
	rm -rf build/sanitize && mkdir -p build/sanitize
	git ls-files -z simfilter csrc tests data setup.py pyproject.toml README.md LICENSE | xargs -0 cp --parents -t build/sanitize
	cd build/sanitize && SIMFILTER_SANITIZE=1 SIMFILTER_WERROR=1 ../../$(BIN)/python setup.py -q build_ext --inplace
	cd build/sanitize && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
	  PYTHONPATH=. PYTHONMALLOC=malloc ../../$(BIN)/python -m pytest -n auto --dist loadfile -p no:cacheprovider tests/unit/core tests/property

# The wheel, built from the source archive, is sound; installed by itself into an empty environment, it shows the demo.
test-wheel: $(VENV)/built
	rm -rf dist build/empty
	$(BIN)/python -m build >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	$(PYTHON) -m venv build/empty
	build/empty/bin/pip install -q dist/*.whl
	cd build/empty && bin/simfilter demo >demo.txt || { cat demo.txt; exit 1; }

test-python: $(VENV)/built
	$(BIN)/python -m pytest -n auto --dist loadfile

# The hooks against the real libraries, each in an environment of its own: their requirements exclude one another. Not part of `make test`:
# hundreds of packages (torch from PyPI is the CUDA build), and llama-cpp-python compiles for minutes.
ENGINES := transformers litellm langchain guardrails nemo llama
test-engines: $(ENGINES:%=test-engine-%)

build/engines/wheel: $(VENV)/built
	rm -rf $@ && $(BIN)/pip wheel -q --no-deps -w $@ .

test-engine-%: build/engines/wheel
	$(PYTHON) -m venv build/engines/$*
	build/engines/$*/bin/pip install -q "simfilter[serve,$*] @ file://$$(ls $$PWD/build/engines/wheel/*.whl)" pytest hypothesis
	build/engines/$*/bin/python -m pytest tests/hooks/test_$*.py

wheel: $(VENV)/built
	$(BIN)/python -m build

bench: $(VENV)/built
	$(BIN)/pip install -q -e '.[bench]'
	for bench in $(filter-out benchmarks/corpora.py benchmarks/steering.py,$(wildcard benchmarks/*.py)) benchmarks/dedup/end_to_end.py benchmarks/dedup/substring.py; do \
	  SIMFILTER_RECORD=docs/performance.json $(BIN)/python $$bench || exit 1; done
	$(BIN)/python -m benchmarks.quality --quick

# The site, in build/docs; asks the network nothing. The figures and screenshots it shows are drawn anew by `make figures`.
docs: $(VENV)/built
	$(BIN)/python -m sphinx -q -W --keep-going -E -a -b html docs build/docs

figures: $(VENV)/built
	$(BIN)/python docs/figures.py
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf build dist $(VENV) csrc/tests/bin *.egg-info
