package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/openfaas/faas-provider/types"
)

// faasCLI sends the requests of the commands of faas-cli and treats the answers as
// it does, so that the tests need no such program. It follows the
// files auth.go, client.go, delete.go, deploy.go, describe.go, list.go, logs.go,
// namespaces.go, scale.go, secret.go and version.go of its folder proxy and
// describe.go, invoke.go, list.go, login.go, ready.go, secret_create.go and
// secret_apply.go of its folder commands, as of its commit 24da2b8.
type faasCLI struct {
	t         *testing.T
	gateway   string // as the user wrote it, perhaps with a slash at its end
	password  string
	namespace string // --namespace
}

func newCLI(f *fixture, t *testing.T) faasCLI {
	return faasCLI{t: t, gateway: "http://" + f.Addr(), password: testPassword}
}

// errUnauthorized is the error of faas-cli after a 401.
var errUnauthorized = errors.New(`unauthorized access, run "faas-cli login" to setup authentication for this server`)

// answerOf is an answer with its status line, as faas-cli prints it.
type answerOf struct {
	code   int
	status string
	body   []byte
}

// unexpected is the error of faas-cli for a status code that it does not know.
func (a answerOf) unexpected() error {
	if a.code == http.StatusUnauthorized {
		return errUnauthorized
	}
	return fmt.Errorf("server returned unexpected status code: %d - %s", a.code, a.body)
}

// into decodes the body of a 200.
func (a answerOf) into(result any) error {
	if a.code != http.StatusOK {
		return a.unexpected()
	}
	return json.Unmarshal(a.body, result)
}

func (c faasCLI) newRequest(method, to string, query url.Values, body any) *http.Request {
	c.t.Helper()
	endpoint, err := url.Parse(strings.TrimRight(c.gateway, "/"))
	if err != nil {
		c.t.Fatal(err)
	}
	endpoint.Path = path.Join(endpoint.Path, to)
	endpoint.RawQuery = query.Encode()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, endpoint.String(), content)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.SetBasicAuth(testUser, c.password)
	return req
}

func (c faasCLI) send(method, to string, query url.Values, body any) answerOf {
	c.t.Helper()
	client := http.Client{Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(c.newRequest(method, to, query, body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answerOf{res.StatusCode, res.Status, text}
}

// inNamespace adds --namespace if it was given.
func (c faasCLI) inNamespace(query url.Values) url.Values {
	if c.namespace != "" {
		query.Set("namespace", c.namespace)
	}
	return query
}

func (c faasCLI) login(password string) error {
	c.password = password
	switch a := c.send(http.MethodGet, "/system/functions", nil, nil); a.code {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized:
		return errors.New("unable to login, either username or password is incorrect")
	default:
		return a.unexpected()
	}
}

func (c faasCLI) list() ([]types.FunctionStatus, error) {
	var all []types.FunctionStatus
	err := c.send(http.MethodGet, "/system/functions", c.inNamespace(url.Values{}), nil).into(&all)
	slices.SortFunc(all, func(a, b types.FunctionStatus) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func (c faasCLI) get(name string) (types.FunctionStatus, error) {
	var status types.FunctionStatus
	a := c.send(http.MethodGet, "/system/function/"+name, c.inNamespace(url.Values{"usage": {"1"}}), nil)
	if a.code == http.StatusNotFound {
		return status, fmt.Errorf("no such function: %s", name)
	}
	return status, a.into(&status)
}

// describe prints a function. The invocations come from the list.
func (c faasCLI) describe(name string) (string, error) {
	fn, err := c.get(name)
	if err != nil {
		return "", err
	}
	all, err := c.list()
	if err != nil {
		return "", err
	}
	invocations := 0
	for _, other := range all {
		if other.Name == fn.Name {
			invocations = int(other.InvocationCount)
		}
	}
	status := "Not Ready"
	if fn.AvailableReplicas > 0 {
		status = "Ready"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "Name:\t%s\nStatus:\t%s\nReplicas:\t%d\nAvailable Replicas:\t%d\nInvocations:\t%d\nImage:\t%s\n",
		fn.Name, status, fn.Replicas, fn.AvailableReplicas, invocations, fn.Image)
	fmt.Fprintf(w, "URL:\t%s\nAsync URL:\t%s\n", c.url("/function/", name), c.url("/async-function/", name))
	// faas-cli dereferences both, whatever the answer holds.
	fmt.Fprintf(w, "Labels:\t%v\nAnnotations:\t%v\n", *fn.Labels, *fn.Annotations)
	fmt.Fprintf(w, "Constraints:\t%v\nEnvironment:\t%v\nSecrets:\t%v\n", fn.Constraints, fn.EnvVars, fn.Secrets)
	for what, r := range map[string]*types.FunctionResources{"Requests": fn.Requests, "Limits": fn.Limits} {
		if r != nil {
			fmt.Fprintf(w, "%s:\tCPU: %s Memory: %s\n", what, r.CPU, r.Memory)
		}
	}
	err = w.Flush()
	return b.String(), err
}

func (c faasCLI) url(prefix, name string) string {
	u := strings.TrimRight(c.gateway, "/") + prefix + name
	if c.namespace != "" {
		u += "." + c.namespace
	}
	return u
}
