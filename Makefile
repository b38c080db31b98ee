TRACE ?= ../shared/traces/azure2019
TRACES ?= ../shared/traces

.PHONY: up demo compare test lint bench train evaluate simulate contexts figures

# Everything running on this machine; stop it with ctrl-C.
up:
	go build -o .bin/local ./deploy/local && exec .bin/local up -trace "$(TRACE)"

# The same traffic with keep-alive and with prewarm, and the comparison.
demo:
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment demo -trace "$(TRACE)"

# The same traffic with an HPA, with prewarm, and with both, and the comparison.
compare:
	go build -o .bin/experiment ./deploy/experiment && exec .bin/experiment compare -trace "$(TRACE)"

test:
	go test -race ./...

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

# Each function's build context as faas-cli makes it: vetted, tested, built.
contexts:
	go run ./deploy/contexts

# Lines of functions and files, comments, documentation, tests, examples.
figures:
	go run ./deploy/figures
