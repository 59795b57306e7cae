# What a contributor does, each by a script that says more with --help. `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help build test check format demo bench fuzz generate image release release-check

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the plugin as it is debugged: .build/debug/kubectl-rollout-heal
	scripts/dev/build

test: ## all tests, with what has to be installed; FILTER=NAME: the Swift tests whose name matches
	scripts/ci/test $(if $(FILTER),"$(FILTER)")

check: ## format, gates and linters, in seconds
	scripts/ci/check

format: ## Swift and shell as they are committed
	scripts/dev/format

demo: ## the main job on a throw-away cluster; it goes on until `scripts/dev/demo stop`
	scripts/dev/demo

bench: ## against what users would run instead
	scripts/dev/bench --quick

fuzz: ## what parses the outside; SECONDS=5 for each target
	scripts/dev/fuzz $(SECONDS)

generate: build ## completions and manual, from the program
	scripts/dev/generate

image: ## the container image, without a daemon
	scripts/release/image

release: ## what is published; URL=https://... is where it will be found
	scripts/release/release --base-url "$(URL)"

release-check: ## that all places name VERSION=v1.2.3; without it, the version of the program
	scripts/release/check $(VERSION)
