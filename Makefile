# `make run` is all that a newcomer needs. CI runs .ci/run.
.PHONY: run test check load bench compare micro
run:   ; @.ci/setup run && cargo build --release --locked && exec $${CARGO_TARGET_DIR:-target}/release/chatlink dev $(ARGS)
test:  ; @.ci/setup test && cargo test --workspace --locked
check: ; @.ci/check
# With --url that server is loaded; else one is built and started.
load:  ; @.ci/setup run && cargo build --release --locked --package chatlink-load $(if $(findstring --url,$(ARGS)),,--package chatlink) && exec $${CARGO_TARGET_DIR:-target}/release/chatlink-load run $(ARGS)
# The server, as operators build it, against the floor of each request; --only measures some of it.
bench: ; @.ci/setup run && cargo build --profile dist --locked --package chatlink --package chatlink-load --features chatlink-load/bench && exec $${CARGO_TARGET_DIR:-target}/dist/chatlink-load bench $(ARGS)
# Beside what one would pick instead: installs django-allauth and better-auth, and drives all three.
compare: ; @.ci/setup run && load/compare/install && cargo build --profile dist --locked --package chatlink --package chatlink-load --features chatlink-load/bench && exec $${CARGO_TARGET_DIR:-target}/dist/chatlink-load compare $(ARGS)
micro: ; @cargo bench --locked --package chatlink-load --features bench --bench '*' -- $(ARGS)
