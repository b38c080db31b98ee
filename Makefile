TRACE ?= ../shared/traces/azure2019
TRACES ?= ../shared/traces
FUZZ ?= 10000000x
FAULTS ?= 1000
SEED ?= 1
SEEDS ?= 1
CHAIN_FUNCTIONS ?= 100,1000,10000
CHAIN_STEP ?= 10s,10s,60s
CHAIN_MINUTES ?= 5,5,30
CHAIN_OUT ?= .state/bench.json
PLATFORMS ?= linux/amd64,linux/arm64

.PHONY: up demo compare faults test lint bench bench-chain fuzz train evaluate simulate contexts images figures

# A local OpenFaaS with the suite and traffic; ctrl-C stops it.
up:
	go build -o .bin/local ./deploy/local && exec .bin/local up -trace "$(TRACE)"

# Compare OpenFaaS alone and prewarm with the same traffic, measured; EDITION=ce or edge.
demo:
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment demo -trace "$(TRACE)"

# Compare an HPA, prewarm, and both together with the same traffic, measured; SEEDS="1 2 3 4 5" for
# several, with intervals over them. A seed that was measured is not measured again.
compare:
	go build -o .bin/experiment ./deploy/experiment
	@for seed in $(SEEDS); do \
		test -e ".state/compare/seed-$$seed.json" -a "$(words $(SEEDS))" != 1 || .bin/experiment compare -trace "$(TRACE)" -seed $$seed || exit 1; \
	done
	@test "$(words $(SEEDS))" = 1 || exec .bin/experiment summary

# Break the chain with faults that a seed chooses, and check that it stays correct and heals; FAULTS, SEED.
faults:
	go build -o .bin/faults ./deploy/faults && exec .bin/faults -faults $(FAULTS) -seed $(SEED)

# Packages whose tests train and evaluate models, for minutes. The race detector makes arithmetic
# ten times as long, and what they run at the same time shares no more than a list of results.
COMPUTING = models/evaluate models/evaluate/audit models/train models/train/hourlyfit models/train/replicafit

# All tests, with the race detector but for those of COMPUTING.
test:
	@status=0; set -x; \
	go test -timeout 20m $(COMPUTING:%=./%) || status=1; \
	go test -race -timeout 20m $$(go list ./... | grep -vxF $(COMPUTING:%=-e prewarm/%)) || status=1; \
	exit $$status

lint:
	@test -z "$$(gofmt -l functions shared models deploy template | tee /dev/stderr)"
	go vet ./... && go -C deploy/tools build -o "$(CURDIR)/.bin/staticcheck" honnef.co/go/tools/cmd/staticcheck && .bin/staticcheck ./...

# The Go benchmarks, and then the whole chain.
bench:
	go test -run '^$$' -bench . -benchmem ./...
	$(MAKE) bench-chain

# The whole chain with CHAIN_FUNCTIONS functions, one number after the other: what a step takes
# and costs. CHAIN_STEP and CHAIN_MINUTES have one element for each number, or one for all.
bench-chain:
	@mkdir -p "$(dir $(CHAIN_OUT))"
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment bench -functions "$(CHAIN_FUNCTIONS)" -step "$(CHAIN_STEP)" -minutes "$(CHAIN_MINUTES)" -out "$(CHAIN_OUT)"

# Give every fuzz target FUZZ inputs (or a time, such as 30s), one target after the other. After
# an interrupt it continues with the target that was not finished; .state/fuzzed lists the others.
fuzz:
	@mkdir -p .state && touch .state/fuzzed
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {t[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, t[i], "$(FUZZ)"; n = 0}' | \
	grep -vxFf .state/fuzzed | while read -r package target inputs; do \
		echo "$$package $$target" && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime "$$inputs" "$$package" </dev/null || exit 1; \
		echo "$$package $$target $$inputs" >>.state/fuzzed; \
	done

train:
	go run ./models/train -traces "$(TRACES)" -out models

evaluate:
	go run ./models/evaluate -all -traces "$(TRACES)"

simulate:
	go run ./models/simulate -trace "$(TRACE)" -policy all -seconds

# Make, vet, test and build each function's build context; print files and downloads.
contexts:
	go run ./deploy/contexts

# Build the images of the suite without a container engine, and push them to REGISTRY with the
# credentials of docker login. With OUT=DIR, or without REGISTRY, write them into a directory.
images:
	go build -o .bin/images ./deploy/images && exec .bin/images -registry "$(REGISTRY)" -tag "$(TAG)" -out "$(OUT)" -platforms "$(PLATFORMS)" -source "$(SOURCE)"

# Print the sizes of functions and files, and the shares of comments and tests.
figures:
	go run ./deploy/figures
