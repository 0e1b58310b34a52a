# Short names for what one does all day. `tests/run --help` has the long ones.

# Compiles everything and runs the tests of the cheap layers.
test:
    tests/run --fast

# Does it compile?
check:
    cargo check --workspace --all-targets

# Formats everything.
fmt:
    cargo fmt --all

# Serves with mail captured, data in ./data.
run *ARGS:
    cargo run -- serve {{ARGS}}

# What a page and an answer cost.
bench *ARGS:
    benches/run {{ARGS}}

# The same as CI, in the same order.
ci:
    .ci/run
