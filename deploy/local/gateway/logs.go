//go:build unix

package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/openfaas/faas-provider/logs"

	"prewarm/deploy/local/replica"
)

// checkLogRequest answers what the provider SDK's log handler would answer
// with 500.
func (g *Gateway) checkLogRequest(next http.HandlerFunc) http.HandlerFunc {
	return answer(func(w http.ResponseWriter, r *http.Request) error {
		query := r.URL.Query()
		if query.Get("name") == "" {
			return badRequest("name must be set")
		}
		if err := validateNamespace(query.Get("namespace")); err != nil {
			return err
		}
		if since := query.Get("since"); since != "" {
			if _, err := time.Parse(time.RFC3339, since); err != nil {
				return badRequest("since must be a time in RFC 3339, was: %q", since)
			}
		}
		if _, err := g.find(query.Get("name")); err != nil {
			return err
		}
		next(w, r)
		return nil
	})
}

// logReader implements logs.Requester.
type logReader struct{ gateway *Gateway }

// Query streams the function's lines until their end or the context's.
func (l logReader) Query(ctx context.Context, request logs.Request) (<-chan logs.Message, error) {
	fn, err := l.gateway.find(request.Name)
	if err != nil {
		return nil, err
	}
	query := replica.LogQuery{Tail: request.Tail, Instance: request.Instance, Follow: request.Follow}
	if request.Since != nil {
		query.Since = *request.Since
	}
	messages := make(chan logs.Message)
	go func() {
		defer close(messages)
		for line := range fn.pool.Log().Query(ctx, query) {
			select {
			case messages <- message(fn.name, line):
			case <-ctx.Done():
				return
			}
		}
	}()
	return messages, nil
}

func message(function string, line replica.Line) logs.Message {
	return logs.Message{
		Name:      function,
		Namespace: Namespace,
		Instance:  line.Instance,
		Timestamp: line.Time,
		Text:      line.Text,
	}
}
