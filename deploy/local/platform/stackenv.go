package platform

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// StackEnv returns the path of the file that Start writes: the variables of stack.yml with the
// addresses of this platform. Without them, faas-cli deploy would point the running suite at
// those of a cluster.
func (p *Platform) StackEnv() string { return filepath.Join(p.opts.StateDir, "stack.env") }

// writeStackEnv writes the file of StackEnv. It is read by a shell.
func (p *Platform) writeStackEnv() error {
	var b strings.Builder
	fmt.Fprintf(&b, "# For faas-cli in this checkout, while the local platform runs:\n#   set -a; . %s; set +a\n", p.StackEnv())
	scaler := func(key string) string { return p.opts.Env[key] } // empty for the default of stack.yml
	for _, v := range [][2]string{
		{"OPENFAAS_URL", p.GatewayURL()}, {"GATEWAY_URL", p.GatewayURL()}, {"GATEWAY_METRICS_URL", p.gatewayMetricsURL()},
		{"NATS_URL", p.NATSURL()}, {"PROMETHEUS_URL", p.StoreURL()}, {"PROMETHEUS_MATCHERS", ""}, {"PROMETHEUS_HEADERS", ""},
		{"STEP", p.opts.Step.String()}, {"SCHEDULE", p.schedule()}, {"SHARDS", strconv.Itoa(max(1, p.opts.Shards))}, {"CLUSTER", ""},
		{"COST_RATIO", scaler("cost_ratio")}, {"WAIT_PRICE", scaler("wait_price")},
	} {
		fmt.Fprintf(&b, "%s=%s\n", v[0], quote(v[1]))
	}
	// The images are known by the names that they had when they were built.
	for _, name := range []string{"REGISTRY", "TAG", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if value := os.Getenv(name); value != "" {
			fmt.Fprintf(&b, "%s=%s\n", name, quote(value))
		} else {
			fmt.Fprintf(&b, "unset %s\n", name)
		}
	}
	return renameio.WriteFile(p.StackEnv(), []byte(b.String()), 0o600)
}

// quote returns a word of a shell that stands for the text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// gatewayMetricsURL returns the page of metrics of the gateway.
func (p *Platform) gatewayMetricsURL() string { return p.GatewayURL() + "/metrics" }

// schedule returns the schedule of the collector. That of stack.yml is at the begin of each
// minute, which is a step on a cluster. "@every 5s" would call at any second of a step of 5 s.
// The collector ignores a call for a step that it has published.
func (p *Platform) schedule() string {
	if p.opts.Step == time.Minute {
		return "*/1 * * * *"
	}
	return "@every 1s"
}
