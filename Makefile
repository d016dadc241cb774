# The few verbs of the house. Each one installs what it needs and nothing more; what a verb does in detail lies in Tools/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

SWIFT ?= swift
LISTEN ?= 127.0.0.1:8080
DATA ?= data
FUZZ_SECONDS ?= 300

.PHONY: help serve test bench lint format fuzz check coverage clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

serve: ## build for release and start Witan on LISTEN (default 127.0.0.1:8080) with its data in DATA
	@Tools/install build
	$(SWIFT) build -c release --product witan
	exec "$$($(SWIFT) build -c release --show-bin-path)/witan" serve --listen "$(LISTEN)" --data "$(DATA)"

test: ## build everything and run every test, with the real servers that they need
	@Tools/install build test
	Tools/test

bench: ## measure, each figure beside a reference in the same run (SUITES="json http" for some)
	@Tools/install build bench
	$(SWIFT) build -c release
	"$$($(SWIFT) build -c release --show-bin-path)/witan-bench" $(SUITES)

lint: ## formatting, the floor rule, and the shell scripts
	@Tools/install build lint
	Tools/lint

format: ## rewrite the Swift sources in the house style
	@$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks Fuzz

fuzz: ## feed every parser hostile bytes for FUZZ_SECONDS each (default 300)
	@Tools/install build
	Tools/fuzz "$(FUZZ_SECONDS)"

check: lint test ## lint, test, the fuzzer built, the API against its own document, the tests under each sanitizer, load under that of threads
	@Tools/install api bench
	Tools/fuzz 0
	Tools/check-api
	Tools/test-sanitized thread
	Tools/load-sanitized
	Tools/test-sanitized address

coverage: ## run the tests and print the lines covered, per target
	@Tools/install build test
	Tools/coverage

clean: ## remove what was built
	rm -rf .build
