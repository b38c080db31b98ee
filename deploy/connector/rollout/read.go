package rollout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/openfaas/faas-provider/types"
)

// maxFunctions bounds the functions of a file. The community edition allows 15.
const maxFunctions = 100

// name matches a name of Kubernetes that is one part of a host name (RFC 1035).
var name = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Read reads the functions of a file: a JSON list of requests to the gateway's API. Unknown fields
// are an error, since a misspelt one would have no effect.
func Read(text []byte) ([]types.FunctionDeployment, error) {
	var functions []types.FunctionDeployment
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&functions); err != nil {
		return nil, fmt.Errorf("functions must be a JSON list of deployments: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("functions must be one JSON list, nothing may follow it")
	}
	if n := len(functions); n < 1 || n > maxFunctions {
		return nil, fmt.Errorf("functions must be 1 to %d, were: %d", maxFunctions, n)
	}
	for i, f := range functions {
		for field, value := range map[string]string{"service": f.Service, "namespace": f.Namespace} {
			if !name.MatchString(value) {
				return nil, fmt.Errorf("functions[%d].%s must be a name of at most 63 small letters, digits and dashes, was: %q", i, field, value)
			}
		}
		if f.Image == "" {
			return nil, fmt.Errorf("functions[%d].image must be set", i)
		}
	}
	return functions, nil
}
