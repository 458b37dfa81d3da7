#!/bin/sh
# The pre-commit hook: builds the program once in the hook's own clone, then judges the repository.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
program=$here/target/release/palisade

# pre-commit makes a clone for each revision, so what is built in one never goes stale. A copy of somebody's
# working tree (`pre-commit try-repo`) is a clone of its own as well.
if [ ! -x "$program" ]; then
    if ! command -v cargo >/dev/null 2>&1; then
        echo 'palisade: cargo is not on the PATH, and the program must be built once' >&2
        echo 'hint: install rustup, or use the hook palisade-installed' >&2
        exit 2
    fi
    echo 'palisade: building the program, which takes a few minutes the first time' >&2
    # rust-toolchain.toml counts in the folder where cargo runs.
    (cd "$here" && CARGO_TARGET_DIR=$here/target cargo build --release --locked --quiet --package palisade) >&2
fi

exec "$program" check "$@"
