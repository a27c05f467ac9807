# The everyday commands. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help build clean test vet fmt tidy

help: ## lists the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

build: ## builds the aeth command (dev profile) as target/debug/aeth
	cargo build

clean: ## removes everything that was built
	cargo clean
	rm -rf bin

test: ## runs all tests
	cargo test --workspace

vet: ## lints and docs, warnings denied; licences and sources where cargo-deny is installed
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; fi

fmt: ## formats every source file
	cargo fmt --all

tidy: ## checks the rules of the repository itself: headers, sizes, links, dependencies
	cargo test --test main tidy
