package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A store that holds several clusters and tenants has no samples here. What counts is what
// it is asked.
func TestEachQueryOfABacktestHasMatchersAndHeaders(t *testing.T) {
	queries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries++
		user, password, _ := r.BasicAuth()
		if query := r.FormValue("query"); !strings.Contains(query, `{cluster="eu"`) || r.Header.Get("X-Scope-OrgID") != "team-a" || user != "me" || password != "pw" {
			t.Errorf("got %s with %v", query, r.Header)
		}
		io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	}))
	defer server.Close()
	args := []string{
		"-prometheus", strings.Replace(server.URL, "http://", "http://me:pw@", 1), "-last", "5m",
		"-prometheus-matchers", `cluster="eu"`, "-prometheus-header", "X-Scope-OrgID: team-a", "-prometheus-header", "Cookie: a=1; b=2",
	}
	if err := run(context.Background(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "no function has the metrics") {
		t.Errorf("got %v", err)
	}
	if queries == 0 {
		t.Error("the store was not asked")
	}
}

func TestWrongOptionsOfAStoreAreRefused(t *testing.T) {
	const address = "http://127.0.0.1:1"
	for want, args := range map[string][]string{
		"-prometheus must be a URL without query and fragment":         {"-prometheus", address + "?dedup=true"},
		"-prometheus-matchers must be label matchers":                  {"-prometheus", address, "-prometheus-matchers", "cluster=eu"},
		"-prometheus-header number 2 must have a colon":                {"-prometheus", address, "-prometheus-header", "A: b", "-prometheus-header", "hunter2"},
		"-prometheus-matchers and -prometheus-header need -prometheus": {"-trace", "x", "-prometheus-header", "A: b"},
	} {
		err := run(context.Background(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
