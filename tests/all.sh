#!/usr/bin/env bash
# Every test, cheapest first; `make test` calls it inside the environment that it has set up. All steps run even when
# one fails, except that nothing runs on a package that does not even import. The last lines are the summary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

logs=out/tests
mkdir -p "$logs"
summary=()
failed=0

# step <name> <command...>: run it, keep its output, and remember how it ended and its closing line.
step() {
    local name=$1 log verdict=passed start=$SECONDS
    shift
    log="$logs/${name// /-}.log"
    printf '\n== %s: %s\n' "$name" "$*"
    if ! "$@" 2>&1 | tee "$log"; then
        verdict=FAILED
        failed=$((failed + 1))
    fi
    summary+=("$(printf '%-14s %-7s %4d s   %s' "$name" "$verdict" $((SECONDS - start)) "$(closing_line "$log")")")
    [ "$verdict" = passed ]
}

# What cargo's or pytest's own last words were; a cargo run has one result per test binary, so they are added up.
closing_line() {
    awk '
        /^test result:/ { binaries += 1; passed += $4; failing += $6; ignored += $8 }
        /[^[:space:]]/  { last = $0 }
        END {
            if (binaries) printf "%d passed, %d failed, %d ignored in %d binaries", passed, failing, ignored, binaries
            else { gsub(/^[= ]+|[= ]+$/, "", last); print last }
        }' "$1"
}

finish() {
    printf '\n== summary\n'
    printf '%s\n' "${summary[@]}"
    if [ "$failed" -gt 0 ]; then
        printf '%d FAILED; the logs are in %s\n' "$failed" "$logs"
        exit 1
    fi
    printf 'everything passed\n'
}

step "it lives" python -m pytest -q tests/test_it_lives.py || finish
# --no-fail-fast: one broken test binary must not hide what the others say.
step "cargo test" cargo test --workspace --no-fail-fast || true
step "pytest" python -m pytest || true
step "rustfmt" cargo fmt --all --check || true
step "clippy" cargo clippy --workspace --all-targets -- -D warnings || true
step "ruff format" ruff format --check . || true
step "ruff" ruff check . || true
step "mypy" mypy || true
finish
