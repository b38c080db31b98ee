package kubernetes

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// metricName matches the metrics of the suite and of the gateway.
var metricName = regexp.MustCompile(`^(prewarm|gateway)_[a-z_]+$`)

// exported returns the names of the series that the code exports. It reads them from
// the options in the source: a registry does not show a vector without label values.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range []string{"../../functions", "../../shared/bus", "../connector", "../keda", "../local/gateway"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil {
				collect(file, names)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// collect adds every metric that a file defines: the field Name of an options literal,
// or the first argument of a function that makes a metric.
func collect(file *ast.File, names map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && ident(kv.Key) == "Name" {
					add(kv.Value, ident(n.Type) == "HistogramOpts", names)
				}
			}
		case *ast.CallExpr:
			histogram := strings.Contains(strings.ToLower(ident(n.Fun)), "histogram")
			for _, arg := range n.Args {
				add(arg, histogram, names)
			}
		}
		return true
	})
}

// ident returns the name of an identifier, without its package.
func ident(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func add(e ast.Expr, histogram bool, names map[string]bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	name, err := strconv.Unquote(lit.Value)
	if err != nil || !metricName.MatchString(name) {
		return
	}
	names[name] = true
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if histogram {
			names[name+suffix] = true
		}
	}
}

// clusterMetrics are those of the exporter of NATS and of the kubelet. Alerts on them are
// silent where nobody scrapes these.
//
// Source: nats-io/prometheus-nats-exporter, collector/healthz.go;
// kubernetes.io/docs/reference/instrumentation/metrics.
var clusterMetrics = []string{
	"nats_healthz_status", "gnatsd_healthz_status",
	"kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes",
}

// variables are values for the variables that Grafana substitutes.
var variables = strings.NewReplacer("$function", ".*", "$__rate_interval", "5m", "$__interval", "1m")

// queries returns every PromQL expression of this folder with its location.
func queries(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, r := range rules(t) {
		found[r.text("expr")] = "rule " + r.text("alert") + r.text("record")
	}
	for _, r := range standardRules(t) {
		found[r.text("expr")] = "openfaas-standard " + r.text("record")
	}
	boards, err := filepath.Glob("monitoring/dashboards/*.json")
	if err != nil || len(boards) < 2 {
		t.Fatal("no dashboards", err)
	}
	for _, path := range boards {
		var board dashboard
		if err := json.Unmarshal([]byte(read(t, path)), &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				found[variables.Replace(target.Expr)] = path + ": " + p.Title
			}
		}
	}
	adapter := strings.NewReplacer("<<.Series>>", "prewarm_wanted_replicas", "<<.LabelMatchers>>", `function_name="hello.openfaas-fn"`)
	for _, o := range render(t, "values/prometheus-adapter.yaml") {
		for _, r := range o.at("rules", "external").([]any) {
			rule := object(r.(map[string]any))
			found[adapter.Replace(rule.text("metricsQuery"))] = "prometheus-adapter"
			found[rule.text("seriesQuery")] = "prometheus-adapter"
		}
	}
	found[kedaQuery(t)] = kedaExample
	return found
}

type dashboard struct {
	UID        string
	Title      string
	Templating struct{ List []struct{ Name, Type string } }
	Panels     []struct {
		ID         int
		Title      string
		Datasource struct{ UID string }
		GridPos    struct{ H, W, X, Y int }
		Targets    []struct{ Expr, RefID string }
	}
}

func TestEveryQueryParsesAndReadsMetricsThatTheCodeExports(t *testing.T) {
	known, where := exported(t), queries(t)
	for _, r := range append(rules(t), standardRules(t)...) {
		known[r.text("record")] = true
	}
	for _, metric := range append(standardMetrics, clusterMetrics...) {
		known[metric] = true
	}
	var expressions []string
	for e := range where {
		expressions = append(expressions, e)
	}
	input, err := json.Marshal(expressions)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pipe(t, program(t, "promql", "."), string(input))
	if err != nil {
		t.Fatal(out)
	}
	answers := json.NewDecoder(strings.NewReader(out))
	for _, e := range expressions {
		var a struct {
			Metrics []string
			Error   string
		}
		if err := answers.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Error != "" || len(a.Metrics) == 0 {
			t.Errorf("%s: %s: %s reads %v", where[e], e, a.Error, a.Metrics)
		}
		for _, m := range a.Metrics {
			if !known[m] {
				t.Errorf("%s: nothing exports %s", where[e], m)
			}
		}
	}
}

// TestDashboardsCanBeImported checks what Grafana's importer requires.
func TestDashboardsCanBeImported(t *testing.T) {
	uids := map[string]bool{}
	boards, _ := filepath.Glob("monitoring/dashboards/*.json")
	for _, path := range boards {
		var b dashboard
		if err := json.Unmarshal([]byte(read(t, path)), &b); err != nil {
			t.Fatal(err)
		}
		if b.UID == "" || len(b.UID) > 40 || uids[b.UID] || b.Title == "" {
			t.Errorf("%s: uid and title must be set and differ, was: %q %q", path, b.UID, b.Title)
		}
		uids[b.UID] = true
		if len(b.Templating.List) == 0 || b.Templating.List[0].Type != "datasource" {
			t.Errorf("%s: the data source must be a variable", path)
		}
		ids := map[int]bool{}
		for _, p := range b.Panels {
			if p.Title == "" || ids[p.ID] || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W < 1 || p.GridPos.H < 1 {
				t.Errorf("%s: panel %d is not complete: %+v", path, p.ID, p)
			}
			ids[p.ID] = true
		}
	}
	for _, o := range render(t, "monitoring") {
		if o.text("metadata", "name") == "prewarm-dashboards" && (o.text("metadata", "labels", "grafana_dashboard") != "1" || len(o["data"].(map[string]any)) != len(boards)) {
			t.Errorf("the config map must have the label and all %d dashboards: %v", len(boards), o["metadata"])
		}
	}
}

func TestANameThatNothingExportsIsFound(t *testing.T) {
	known := exported(t)
	for _, name := range []string{"prewarm_wanted_replicas", "prewarm_connector_lag", "prewarm_connector_delivery_seconds_bucket", "gateway_service_count"} {
		if !known[name] {
			t.Errorf("%s was not found in the code", name)
		}
	}
	for _, name := range []string{"prewarm_wanted_replica", "prewarm_connector_lag_bucket"} {
		if known[name] {
			t.Errorf("%s is not in the code", name)
		}
	}
}
