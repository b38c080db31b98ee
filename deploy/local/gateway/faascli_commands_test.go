package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/logs"
	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"
)

// deploy is deploy --update, which is the default: an update, or a new deployment if
// there is nothing to update.
func (c faasCLI) deploy(d types.FunctionDeployment) (int, string) {
	code, output := c.deployBy(http.MethodPut, d)
	switch code {
	case http.StatusNotFound:
		code, output = c.deployBy(http.MethodPost, d)
	case http.StatusOK:
		output = fmt.Sprintf("Function %s already exists, attempting rolling-update.\n", d.Service) + output
	}
	return code, output
}

// replace is deploy --update=false --replace. The result of the removal is ignored.
func (c faasCLI) replace(d types.FunctionDeployment) (int, string) {
	_ = c.remove(d.Service)
	return c.deployBy(http.MethodPost, d)
}

func (c faasCLI) deployBy(method string, d types.FunctionDeployment) (int, string) {
	d.Namespace = c.namespace
	a := c.send(method, "/system/functions", nil, d)
	switch a.code {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		return a.code, fmt.Sprintf("Deployed. %s.\nURL: %s\n", a.status, c.url("/function/", d.Service))
	case http.StatusUnauthorized:
		return a.code, errUnauthorized.Error()
	default:
		return a.code, fmt.Sprintf("Unexpected status: %d, message: %s", a.code, a.body)
	}
}

func (c faasCLI) remove(name string) error {
	a := c.send(http.MethodDelete, "/system/functions", nil, types.DeleteFunctionRequest{FunctionName: name, Namespace: c.namespace})
	switch a.code {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		return nil
	case http.StatusNotFound:
		return errors.New("No existing function to remove") //nolint:staticcheck // its text
	default:
		return a.unexpected()
	}
}

func (c faasCLI) scale(name string, replicas uint64) error {
	a := c.send(http.MethodPost, "/system/scale-function/"+name, nil,
		types.ScaleServiceRequest{ServiceName: name, Replicas: replicas, Namespace: c.namespace})
	switch a.code {
	case http.StatusAccepted, http.StatusOK, http.StatusCreated:
		return nil
	case http.StatusNotFound:
		return fmt.Errorf("function %s not found", name)
	default:
		return a.unexpected()
	}
}

func (c faasCLI) secrets() ([]types.Secret, error) {
	var all []types.Secret
	err := c.send(http.MethodGet, "/system/secrets", c.inNamespace(url.Values{}), nil).into(&all)
	return all, err
}

// createSecret is secret create, with or without --replace.
func (c faasCLI) createSecret(secret types.Secret, replace bool) string {
	secret.Namespace = c.namespace
	a := c.send(http.MethodPost, "/system/secrets", nil, secret)
	switch {
	case a.code == http.StatusConflict && replace:
		return c.updateSecret(secret)
	case a.code == http.StatusConflict:
		return fmt.Sprintf("secret with the name %q already exists", secret.Name)
	case slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusAccepted}, a.code):
		return "Created: " + a.status
	default:
		return a.unexpected().Error()
	}
}

func (c faasCLI) updateSecret(secret types.Secret) string {
	secret.Namespace = c.namespace
	switch a := c.send(http.MethodPut, "/system/secrets", nil, secret); a.code {
	case http.StatusOK, http.StatusAccepted:
		return "Updated: " + a.status
	case http.StatusNotFound:
		return "unable to find secret: " + secret.Name
	default:
		return a.unexpected().Error()
	}
}

func (c faasCLI) removeSecret(name string) error {
	switch a := c.send(http.MethodDelete, "/system/secrets", nil, types.Secret{Name: name, Namespace: c.namespace}); a.code {
	case http.StatusOK, http.StatusAccepted:
		return nil
	case http.StatusNotFound:
		return fmt.Errorf("unable to find secret: %s", name)
	default:
		return a.unexpected()
	}
}

// fromFile returns the secret that faas-cli makes of a file: its bytes, and its text
// without the spaces at its ends.
func fromFile(name, content string) types.Secret {
	return types.Secret{Name: name, Value: strings.TrimSpace(content), RawValue: []byte(content)}
}

// logs streams until the end of the answer. It has no time limit.
func (c faasCLI) logs(ctx context.Context, r logs.Request) (<-chan logs.Message, error) {
	query := url.Values{"name": {r.Name}, "follow": {strconv.FormatBool(r.Follow)}}
	if r.Since != nil {
		query.Set("since", r.Since.Format(time.RFC3339))
	}
	if r.Tail != 0 {
		query.Set("tail", strconv.Itoa(r.Tail))
	}
	req := c.newRequest(http.MethodGet, "/system/logs", c.inNamespace(query), nil)
	res, err := (&http.Client{}).Do(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer func() { _ = res.Body.Close() }()
		text, _ := io.ReadAll(res.Body)
		return nil, answerOf{res.StatusCode, res.Status, text}.unexpected()
	}
	lines := make(chan logs.Message, 1000)
	go func() {
		defer close(lines)
		defer func() { _ = res.Body.Close() }()
		for decoder := json.NewDecoder(res.Body); decoder.More(); {
			var line logs.Message
			if err := decoder.Decode(&line); err != nil {
				return
			}
			lines <- line
		}
	}()
	return lines, nil
}

func (c faasCLI) namespaces() ([]string, error) {
	var names []string
	err := c.send(http.MethodGet, "/system/namespaces", nil, nil).into(&names)
	return names, err
}

// version returns what faas-cli version prints about the server.
func (c faasCLI) version() (string, error) {
	type version struct{ Release, SHA string }
	var info struct {
		Provider *struct {
			Name          string `json:"provider"`
			Version       *version
			Orchestration string
		}
		Version *version
	}
	if err := c.send(http.MethodGet, "/system/info", nil, nil).into(&info); err != nil {
		return "", err
	}
	return fmt.Sprintf("Gateway %s %s; provider %s on %s %s %s", info.Version.Release, info.Version.SHA,
		info.Provider.Name, info.Provider.Orchestration, info.Provider.Version.Release, info.Provider.Version.SHA), nil
}

// invocation holds the flags of invoke.
type invocation struct {
	name   string
	method string // default POST
	query  url.Values
	header http.Header
	body   string
	async  bool
}

// invoke uses go-sdk, as faas-cli does. It returns what faas-cli prints.
func (c faasCLI) invoke(i invocation) (output string, header http.Header, err error) {
	if i.method == "" {
		i.method = http.MethodPost
	}
	address, err := url.Parse(c.gateway)
	if err != nil {
		c.t.Fatal(err)
	}
	client := sdk.NewClient(address, &sdk.BasicAuth{Username: testUser, Password: c.password}, &http.Client{})
	req, err := http.NewRequest(i.method, "/?"+i.query.Encode(), strings.NewReader(i.body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"text/plain"}, "User-Agent": {"faas-cli/dev (openfaas; linux; amd64)"}}
	for name, values := range i.header {
		req.Header[name] = values
	}
	res, err := client.InvokeFunction(i.name, c.namespace, i.async, false, req)
	if err != nil {
		return "", nil, fmt.Errorf("failed to invoke function: %s", err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return "", res.Header, err
	case res.StatusCode < 200 || res.StatusCode > 299:
		return "", res.Header, fmt.Errorf("server returned unexpected status code: %d - %s", res.StatusCode, text)
	case i.async && res.StatusCode == http.StatusAccepted:
		return "Function submitted asynchronously.", res.Header, nil
	}
	return string(text), res.Header, nil
}
