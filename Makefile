# `make run` is all that a newcomer needs. CI runs .ci/run.
.PHONY: run test check load
run:   ; @.ci/setup run && cargo build --release --locked && exec $${CARGO_TARGET_DIR:-target}/release/chatlink dev $(ARGS)
test:  ; @.ci/setup test && cargo test --workspace --locked
check: ; @.ci/check
# With --url that server is loaded; else one is built and started.
load:  ; @.ci/setup run && cargo build --release --locked --package chatlink-load $(if $(findstring --url,$(ARGS)),,--package chatlink) && exec $${CARGO_TARGET_DIR:-target}/release/chatlink-load run $(ARGS)
