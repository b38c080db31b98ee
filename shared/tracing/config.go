package tracing

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"prewarm/shared/config"
)

// Config of a Tracer. Without an endpoint there is none.
type Config struct {
	Endpoint string // base URL of a collector of OpenTelemetry, to which /v1/traces is added
	Headers  http.Header
	Timeout  time.Duration // of one export
	Cluster  string        // name of the cluster, an attribute of all spans
	client   *http.Client
}

// ReadConfig reads OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, which must be the
// one that is spoken, OTEL_EXPORTER_OTLP_HEADERS and OTEL_EXPORTER_OTLP_TIMEOUT, as the
// specification names and defines them, and the secrets otlp-headers, otlp-ca, otlp-cert and
// otlp-key. The SDK itself reads OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, the sampler
// OTEL_TRACES_SAMPLER and the queue OTEL_BSP_* from the environment of the process.
//
// Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
func ReadConfig(r *config.Reader) Config {
	var c Config
	if r.String("OTEL_EXPORTER_OTLP_ENDPOINT", "") == "" {
		return c
	}
	c.Endpoint = r.BaseURL("OTEL_EXPORTER_OTLP_ENDPOINT", "", "http", "https")
	r.OneOf("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	c.Timeout = time.Duration(r.Int("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000, 1, 600_000)) * time.Millisecond
	c.Cluster = r.String("cluster", "")
	c.Headers = http.Header{}
	maps.Copy(c.Headers, config.Parse(r, "OTEL_EXPORTER_OTLP_HEADERS", "", parseHeaders))
	maps.Copy(c.Headers, config.ParseSecret(r, "otlp-headers", parseHeaders))
	c.client = config.HTTPClient("otlp", c.Endpoint, r.TLS("otlp", c.Endpoint))
	return c
}

// New returns the Tracer of a program, nil if no endpoint is set. service is its name, unless
// OTEL_SERVICE_NAME is set. The collector of OpenTelemetry may be away.
func New(c Config, service string, log *slog.Logger) *Tracer {
	if c.Endpoint == "" {
		return nil
	}
	exporter := otlptrace.NewUnstarted(newClient(c, log)) // its start does nothing
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(about(service, c.Cluster, log)), sdktrace.WithBatcher(exporter), sdktrace.WithRawSpanLimits(limits()))
	return &Tracer{tracer: provider.Tracer("prewarm"), provider: provider}
}

// about returns what all spans of a program have in common.
func about(service, cluster string, log *slog.Logger) *resource.Resource {
	attributes := []attribute.KeyValue{attribute.String("service.name", service), attribute.String("service.namespace", "prewarm")}
	if cluster != "" {
		attributes = append(attributes, attribute.String("prewarm.cluster", cluster))
	}
	about, err := resource.New(context.Background(), resource.WithAttributes(attributes...), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES is not read wholly", "error", err)
	}
	return about
}

// limits bounds a span: reasons and errors have texts from outside.
func limits() sdktrace.SpanLimits {
	l := sdktrace.NewSpanLimits()
	l.AttributeValueLengthLimit, l.AttributeCountLimit = 1000, 32
	return l
}
