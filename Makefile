# `make run` is all that a newcomer needs. CI runs .ci/run.
.PHONY: run test check load micro
run:   ; @.ci/setup run && cargo build --release --locked && exec $${CARGO_TARGET_DIR:-target}/release/chatlink dev $(ARGS)
test:  ; @.ci/setup test && cargo test --workspace --locked
check: ; @.ci/check
load:  ; @cargo run --release --locked --package chatlink-load -- $(ARGS)
micro: ; @cargo bench --locked --package chatlink-load --features bench --bench '*' -- $(ARGS)
