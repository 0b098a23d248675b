# The commands of the README. Everything else is in package.json and tools/.
node := node_modules/node/bin/node
bundle := packages/builder/dist/builder.mjs
bundled := $(shell find packages/builder/src packages/builder/generated -type f) tools/bundle-builder.ts package-lock.json

.PHONY: up down test test-kubernetes bench install
.SUFFIXES:

up: $(bundle)
	@./fairway up --sample examples/node-hello

down:
	@./fairway down

test:
	@bash tools/test.sh

test-kubernetes:
	@bash tools/test.sh kubernetes

bench: $(bundle)
	@$(node) --disable-warning=ExperimentalWarning bench/run.ts

install:
	@sh tools/install.sh runtime

$(bundle): $(bundled) | install
	@$(node) tools/bundle-builder.ts
