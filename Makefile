TRACE ?= ../shared/traces/azure2019
TRACES ?= ../shared/traces

.PHONY: up demo compare test lint bench train evaluate simulate contexts figures

# A local OpenFaaS with the suite and traffic; ctrl-C stops it.
up:
	go build -o .bin/local ./deploy/local && exec .bin/local up -trace "$(TRACE)"

# Compare OpenFaaS alone and prewarm with the same traffic, measured; EDITION=ce or edge.
demo:
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment demo -trace "$(TRACE)"

# Compare an HPA, prewarm, and both together with the same traffic, measured.
compare:
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment compare -trace "$(TRACE)"

# With the race detector on two cores, the slowest package takes some minutes.
test:
	go test -race -timeout 20m ./...

lint:
	@test -z "$$(gofmt -l functions shared models deploy template | tee /dev/stderr)"
	go vet ./... && go -C deploy/tools build -o "$(CURDIR)/.bin/staticcheck" honnef.co/go/tools/cmd/staticcheck && .bin/staticcheck ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

train:
	go run ./models/train -traces "$(TRACES)" -out models

evaluate:
	go run ./models/evaluate -all -traces "$(TRACES)"

simulate:
	go run ./models/simulate -trace "$(TRACE)" -policy all

# Make, vet, test and build each function's build context; print files and downloads.
contexts:
	go run ./deploy/contexts

# Print the sizes of functions and files, and the shares of comments and tests.
figures:
	go run ./deploy/figures
