//go:build unix

package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/logs"

	"prewarm/deploy/local/replica"
)

// serveLogs streams the log lines of a function as newline-delimited JSON. The
// handler of the provider SDK does the same, but logs a line of its own whenever a
// stream ends.
//
// A line of the stream looks like this:
//
//	{"name":"hello","namespace":"openfaas-fn","instance":"hello-1a2b3c4d","timestamp":"...","text":"started"}
func (g *Gateway) serveLogs(w http.ResponseWriter, r *http.Request) error {
	request, err := parseLogRequest(r.URL.Query())
	if err != nil {
		return err
	}
	fn, err := g.find(request.Name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), g.opts.LogTimeout)
	defer cancel()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out, flusher := json.NewEncoder(w), http.NewResponseController(w)
	_ = flusher.Flush() // the headers; the first line may come much later
	// A follower gets lines until it closes the connection, the function is deleted, or
	// LogTimeout ends: the write timeout of the gateway, 65 s in the chart of OpenFaaS. It then
	// asks again.
	//
	// Source: NewLogHandlerFunc in gateway/handlers/logs.go of openfaas/faas.
	for line := range fn.pool.Log().Query(ctx, logQuery(request)) {
		if err := out.Encode(message(fn.name, line)); err != nil {
			return nil // the client has closed the connection
		}
		_ = flusher.Flush()
	}
	return nil
}

// parseLogRequest reads and validates the query parameters.
// A missing parameter keeps the zero value, which selects all lines.
func parseLogRequest(query url.Values) (logs.Request, error) {
	r := logs.Request{Name: query.Get("name"), Namespace: query.Get("namespace"), Instance: query.Get("instance")}
	if r.Name == "" {
		return r, badRequest("name must be set")
	}
	if err := validateNamespace(r.Namespace); err != nil {
		return r, err
	}
	var err error
	if text := query.Get("tail"); text != "" {
		if r.Tail, err = strconv.Atoi(text); err != nil {
			return r, badRequest("tail must be a number of lines, was: %q", text)
		}
	}
	if text := query.Get("follow"); text != "" {
		if r.Follow, err = strconv.ParseBool(text); err != nil {
			return r, badRequest("follow must be true or false, was: %q", text)
		}
	}
	if text := query.Get("since"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return r, badRequest("since must be a time in RFC 3339, was: %q", text)
		}
		r.Since = &since
	}
	return r, nil
}

// logQuery converts a request of the API to a query of the log.
func logQuery(r logs.Request) replica.LogQuery {
	query := replica.LogQuery{Tail: r.Tail, Instance: r.Instance, Follow: r.Follow}
	if r.Since != nil {
		query.Since = *r.Since
	}
	return query
}

// message converts a line of the log to a message of the API.
func message(function string, line replica.Line) logs.Message {
	return logs.Message{
		Name:      function,
		Namespace: Namespace,
		Instance:  line.Instance,
		Timestamp: line.Time,
		Text:      line.Text,
	}
}
