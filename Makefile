# Everything a newcomer needs: `make help`.
#
# Each step that takes time leaves a stamp in the virtual environment, so that a second run does only what changed.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV    ?= .venv
# The cargo profile of the extension: `release` is what users get, `quick` builds in a fraction of the time.
PROFILE ?= release

# A cargo that rustup installed but whose directory is not on PATH yet is found all the same.
export PATH := $(abspath $(VENV))/bin:$(PATH):$(HOME)/.cargo/bin
export VIRTUAL_ENV := $(abspath $(VENV))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# maturin refuses to choose between two environments, and PYTHONHOME would point ours at a foreign standard library.
unexport CONDA_PREFIX
unexport PYTHONHOME

PY     := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
PIP    := $(PY) -m pip install --quiet

RUST_SOURCES := $(shell find crates -type f \( -name '*.rs' -o -name Cargo.toml \)) Cargo.toml Cargo.lock pyproject.toml
EXTENSION    := $(STAMPS)/extension-$(PROFILE)

.PHONY: help demo test check format bench compare build clean
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(EXTENSION) $(STAMPS)/demo ## set everything up, train the moons classifier and, for an epoch, the CNN on MNIST
	@$(PY) examples/moons.py
	@$(PY) examples/mnist_cnn.py --epochs 1

build: $(EXTENSION) ## build the extension and install it into the virtual environment

test: $(EXTENSION) $(STAMPS)/test ## set everything up and run every test: Rust, Python, lints
	@bash tests/all.sh

check: $(STAMPS)/test | cargo ## formatting, clippy, ruff and types
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	ruff format --check .
	ruff check .
	mypy

format: $(STAMPS)/test | cargo ## rewrite the sources as `make check` wants them
	cargo fmt --all
	ruff check --fix .
	ruff format .

bench: $(EXTENSION) $(STAMPS)/test comparators ## measure SynapGrad against its peers
	$(PY) benchmarks/overhead.py
	$(PY) benchmarks/cnn.py
	$(PY) benchmarks/conv.py
	$(PY) benchmarks/dataloader.py
	$(PY) benchmarks/examples.py
	$(PY) benchmarks/gpt.py
	$(PY) benchmarks/lstm.py
	$(PY) benchmarks/memory.py
	$(PY) benchmarks/mlp.py
	$(PY) benchmarks/operations.py
	$(PY) benchmarks/optim.py
	$(PY) benchmarks/plots.py
	$(PY) benchmarks/resnet.py --rounds 5

compare: $(EXTENSION) $(STAMPS)/test comparators ## train the three examples in every library and write README's table
	$(PY) benchmarks/compare.py --readme

clean: ## remove everything that was built, downloaded or written
	rm -rf $(VENV) .bench-env out dist target .pytest_cache .mypy_cache .ruff_cache
	find python tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f python/synapgrad/_C*.so python/synapgrad/_C*.pyd

# ---- how the pieces come about -------------------------------------------------------------------------------------

.PHONY: cargo
cargo:
	@command -v cargo >/dev/null || { echo "SynapGrad is written in Rust, and no cargo was found on PATH:" \
	  "install Rust (the official installer is rustup), open a new terminal and try again." >&2; exit 1; }

# The first Python on PATH that is new enough; `make PYTHON=/path/to/python` chooses another. An environment that is
# there already is kept.
PYTHON ?=
$(STAMPS)/venv: | cargo
	@if $(PY) -m pip --version >/dev/null 2>&1; then exit 0; fi; \
	for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python3.10 python); do \
	  if command -v "$$python" >/dev/null && \
	     "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "SynapGrad needs Python 3.10 or newer, but $(or $(PYTHON),python3) is" \
	    "$$($(or $(PYTHON),python3) --version 2>/dev/null || echo missing):" \
	    "install one, or name it with make PYTHON=/path/to/python." >&2; \
	  exit 1; \
	fi; \
	echo "creating $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv $(VENV) || { echo "'$$found -m venv' failed: on Debian and Ubuntu the package" \
	  "python3-venv brings what it needs." >&2; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/build $(STAMPS)/demo $(STAMPS)/test: $(STAMPS)/%: requirements/%.txt $(STAMPS)/venv
	@echo "installing requirements/$*.txt"
	@$(PIP) -r requirements/$*.txt
	@touch $@
# Each list includes the one before it, so under -j they still install one after the other.
$(STAMPS)/demo: $(STAMPS)/build requirements/build.txt
$(STAMPS)/test: $(STAMPS)/demo requirements/demo.txt

# Only one build of the extension is installed at a time, so the stamps of the other profiles go.
$(EXTENSION): $(RUST_SOURCES) $(STAMPS)/build | cargo
	@rm -f $(STAMPS)/extension-*
	maturin develop --profile $(PROFILE)
	@touch $@

# A comparator that cannot be installed here must not stop the others: the table then says "not installed".
.PHONY: comparators
comparators: $(STAMPS)/venv
	@for peer in jax micrograd synapgrad1; do \
	  $(MAKE) --no-print-directory .bench-env/$$peer/.ready || \
	    echo "$$peer cannot be installed here; the comparison goes on without it" >&2; \
	done
	@for peer in synapgrad candle burn; do \
	  cargo build --release --quiet --manifest-path benchmarks/contestants/rust/Cargo.toml \
	    --target-dir .bench-env/rust --features $$peer --bin with_$$peer || \
	    echo "$$peer in Rust cannot be built here; the comparison goes on without it" >&2; \
	done

.bench-env/%/.ready: requirements/bench-%.txt | $(STAMPS)/venv
	@echo "installing $<"
	@$(PY) -m venv .bench-env/$*
	@.bench-env/$*/bin/python -m pip install --quiet -r $<
	@touch $@
