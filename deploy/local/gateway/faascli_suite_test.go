package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"
	"github.com/openfaas/go-sdk/stack"
)

// anyImage runs the test function for every image.
type anyImage struct{}

func (anyImage) Resolve(string) (Image, error) { return images.Resolve(testImage) }

// TestFaasCLIDeploysTheSuite is the last step of faas-cli up: the stack file is sent as
// commands/deploy.go builds the request.
func TestFaasCLIDeploysTheSuite(t *testing.T) {
	services, err := stack.ParseYAMLFile("../../../stack.yml", "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, edition := range Editions() {
		f := start(t, func(o *Options) { o.Edition, o.Images = edition, anyImage{} })
		c := newCLI(f, t)
		for _, name := range []string{"prewarm-hmac-key", "prewarm-gateway-password"} {
			c.createSecret(types.Secret{Name: name, Value: "a secret of sixteen bytes"}, false)
		}
		for name, fn := range services.Functions {
			d := types.FunctionDeployment{
				Service: name, Image: fn.Image, EnvVars: fn.Environment, Secrets: fn.Secrets, Labels: fn.Labels, Annotations: fn.Annotations,
				ReadOnlyRootFilesystem: fn.ReadOnlyRootFilesystem,
				Limits:                 &types.FunctionResources{Memory: fn.Limits.Memory, CPU: fn.Limits.CPU},
				Requests:               &types.FunctionResources{Memory: fn.Requests.Memory, CPU: fn.Requests.CPU},
			}
			for range 2 { // the second time it is an update
				if code, output := c.deploy(d); code != http.StatusAccepted {
					t.Errorf("%s, %s: %d %s", edition, name, code, output)
				}
			}
			f.awaitReady(name, 1)
			if got, err := c.describe(name); err != nil || !strings.Contains(got, "Ready") || !strings.Contains(got, fn.Image) {
				t.Errorf("describe %s: %v\n%s", name, err, got)
			}
		}
		if len(services.Functions) < 4 {
			t.Errorf("the stack has %d functions", len(services.Functions))
		}
	}
}
