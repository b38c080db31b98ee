package gateway

import (
	"fmt"
	"math"
	"regexp"
	"runtime"
	"strconv"

	"github.com/openfaas/faas-provider/types"
)

// quantityExp matches a quantity of Kubernetes: a number, and a suffix or an exponent.
var quantityExp = regexp.MustCompile(`^(\d{1,18}(?:\.\d{1,18})?)(?:(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE](\d{1,2}))?$`)

// units are the suffixes of a quantity.
var units = map[string]float64{
	"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50, "Ei": 1 << 60,
}

// parseQuantity returns the value of a quantity such as 500m, 0.5, 512Mi or 1e9. The error
// begins with "must be".
//
// Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
func parseQuantity(text string) (float64, error) {
	parts := quantityExp.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("must be a quantity such as 500m or 512Mi, was: %.40q", text)
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return 0, fmt.Errorf("must be a quantity such as 500m or 512Mi, was: %.40q", text)
	}
	exponent, _ := strconv.Atoi(parts[3]) // digits, or nothing
	n *= units[parts[2]] * math.Pow10(exponent)
	if n > math.MaxInt64/2 {
		return 0, fmt.Errorf("must be at most %d, was: %.40q", int64(math.MaxInt64/2), text)
	}
	return n, nil
}

// resources are the limits of a replica.
type resources struct {
	memory int64 // bytes, 0 for no limit
	procs  int   // GOMAXPROCS that Go chooses for the limit of CPU, 0 for its default
}

// resources reads limits and requests. As Kubernetes does, it refuses a request above its limit.
func (p *parser) resources(d types.FunctionDeployment) resources {
	var limits, requests types.FunctionResources
	if d.Limits != nil {
		limits = *d.Limits
	}
	if d.Requests != nil {
		requests = *d.Requests
	}
	memory, cpu := p.quantity("memory", limits.Memory, requests.Memory), p.quantity("cpu", limits.CPU, requests.CPU)
	return resources{memory: int64(memory), procs: procs(cpu, runtime.NumCPU())}
}

// quantity returns the limit of a resource, 0 for none.
func (p *parser) quantity(name, limit, request string) float64 {
	read := func(where, text string) float64 {
		if text == "" {
			return 0
		}
		n, err := parseQuantity(text)
		if err != nil {
			p.fail("%s.%s %w", where, name, err)
		}
		return n
	}
	most, asked := read("limits", limit), read("requests", request)
	if most > 0 && asked > most {
		p.fail("requests.%s must be at most limits.%s (%s), was: %s", name, name, limit, request)
	}
	return most
}

// procs returns the GOMAXPROCS that Go chooses in a container with a limit of CPU, on a machine
// of some cores: the limit, rounded up, and at least 2. It is 0 if the limit changes nothing.
//
// Source: https://pkg.go.dev/runtime#GOMAXPROCS
func procs(limit float64, cores int) int {
	if n := max(2, int(math.Ceil(limit))); limit > 0 && n < cores {
		return n
	}
	return 0
}
