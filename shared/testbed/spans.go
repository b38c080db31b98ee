package testbed

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Spans is a collector of OpenTelemetry: it takes spans as OTLP over HTTP, and keeps them.
type Spans struct {
	URL string // the value of OTEL_EXPORTER_OTLP_ENDPOINT

	mu       sync.Mutex
	spans    []Span
	requests []http.Header
}

// Span is a span with the name of the service that has sent it.
type Span struct {
	*tracepb.Span
	Service string
}

// NewSpans serves a collector until the test ends.
func NewSpans(t testing.TB) *Spans {
	s := &Spans{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// ServeHTTP takes one export. The request of the protocol is encoded as TracesData is.
func (s *Spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err == nil {
		err = proto.Unmarshal(body, &data)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, "not an export of spans", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Header)
	for _, resource := range data.ResourceSpans {
		service := ""
		for _, a := range resource.Resource.GetAttributes() {
			if a.Key == "service.name" {
				service = a.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				s.spans = append(s.spans, Span{span, service})
			}
		}
	}
}

// All returns the spans that have come so far.
func (s *Spans) All() []Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.spans)
}

// Requests returns the headers of the exports so far.
func (s *Spans) Requests() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Text returns an attribute, "" if the span does not have it as a text.
func (s Span) Text(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// Number returns an attribute, -1 if the span does not have it.
func (s Span) Number(key string) int64 {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetIntValue()
		}
	}
	return -1
}

// Parent returns the span above s among all, and whether it is there.
func (s Span) Parent(all []Span) (Span, bool) {
	i := slices.IndexFunc(all, func(p Span) bool {
		return string(p.SpanId) == string(s.ParentSpanId) && string(p.TraceId) == string(s.TraceId)
	})
	if i < 0 {
		return Span{}, false
	}
	return all[i], true
}
