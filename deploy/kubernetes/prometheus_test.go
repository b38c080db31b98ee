package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/go-sdk/stack"

	"prewarm/shared/testbed"
)

const prometheusConfig = "components/prometheus/prometheus.yml"

// TestThePrometheusOfTheSuiteScrapesItsFunctions checks the targets against stack.yml.
func TestThePrometheusOfTheSuiteScrapesItsFunctions(t *testing.T) {
	var targets []string
	for _, o := range render(t, prometheusConfig) {
		for _, job := range o["scrape_configs"].([]any) {
			for _, static := range job.(map[string]any)["static_configs"].([]any) {
				for _, target := range static.(map[string]any)["targets"].([]any) {
					targets = append(targets, target.(string))
				}
			}
		}
	}
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	for name := range services.Functions {
		if !slices.Contains(targets, name+".openfaas-fn:8080") {
			t.Errorf("%s does not scrape %s: %v", prometheusConfig, name, targets)
		}
	}
}

// TestTheSmallPrometheusJoinsGatewayAndFunctions runs Prometheus with the configuration of
// the component. Only addresses, paths and intervals differ. The store of OpenFaaS shows
// the gateway; a function is scraped by its service.
func TestTheSmallPrometheusJoinsGatewayAndFunctions(t *testing.T) {
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed (Debian: prometheus)")
	}
	matched := make(chan []string, 1)
	openfaas := serveText(t, func(r *http.Request) string {
		select {
		case matched <- r.URL.Query()["match[]"]:
		default:
		}
		return "gateway_service_count{function_name=\"hello.openfaas-fn\",job=\"kubernetes-pods\",instance=\"gateway\"} 3\n"
	})
	functions := serveText(t, func(*http.Request) string {
		return fmt.Sprintf("prewarm_decision_timestamp_seconds{function_name=\"hello.openfaas-fn\"} %d\n", time.Now().Unix()) +
			"prewarm_wanted_replicas{function_name=\"hello.openfaas-fn\"} 5\n" +
			"prewarm_function_actuator{function_name=\"hello.openfaas-fn\",actuator=\"gateway\",mode=\"active\"} 1\n"
	})
	address := startPrometheus(t, program, strings.NewReplacer(
		"prometheus.openfaas:9090", openfaas, "collector.openfaas-fn:8080", functions, "15s", "100ms",
		"          - predictor.openfaas-fn:8080\n", "", "          - scaler.openfaas-fn:8080\n", "", "          - dashboard.openfaas-fn:8080\n", ""))
	testbed.Eventually(t, "the record of the wanted replicas", func() bool { return value(address, "prewarm:wanted_replicas:active") == "5" })
	testbed.Eventually(t, "the series of the gateway", func() bool {
		return value(address, `gateway_service_count{job="kubernetes-pods",instance="gateway"}`) == "3"
	})
	if got := <-matched; len(got) != 2 || !strings.Contains(got[0], "openfaas-function-pods") {
		t.Errorf("asked for %q", got)
	}
}

// serveText serves metrics on loopback, and returns its address.
func serveText(t *testing.T, metrics func(*http.Request) string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(metrics(r)))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// startPrometheus runs Prometheus until the test ends, and returns its address.
func startPrometheus(t *testing.T, program string, replace *strings.Replacer) string {
	dir := t.TempDir()
	rules, config := filepath.Join(dir, "rules.yml"), filepath.Join(dir, "prometheus.yml")
	text := strings.ReplaceAll(replace.Replace(read(t, prometheusConfig)), "/etc/prometheus/rules/rules.yml", rules)
	for path, content := range map[string]string{rules: read(t, "monitoring/rules.yml"), config: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	promtool(t, "check", "config", config)
	address := freeAddress(t)
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = cmd.Wait() })
	return address
}

// freeAddress returns an address on loopback at which nothing listens.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// value returns the one sample of an instant query, or nothing.
func value(address, query string) string {
	res, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if json.NewDecoder(res.Body).Decode(&answer) != nil || len(answer.Data.Result) != 1 {
		return ""
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	return text
}
