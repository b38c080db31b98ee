package connector

import (
	"cmp"
	"crypto/tls"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

// Config is the configuration of a connector: source, target, and limits of delivery.
type Config struct {
	NATS    NATSConfig
	Gateway GatewayConfig

	// Keys prove to functions that the connector delivers a message. Without keys it calls
	// them as a stranger.
	Keys event.Keys

	// Topics are the JetStream subjects to deliver, without wildcards. A function
	// receives a topic that its annotation "topic" names and that Subscribers allow.
	Topics []string

	// Subscribers are the functions that may receive a subject. Subjects that begin
	// with "prewarm." need an entry; others without an entry are for every function.
	Subscribers Subscribers

	// Shards is the number of parts of the functions, 0 for 1. If there are several, a function
	// with a topic of the chain receives the subjects of all shards, each over a consumer of
	// its own, so that no shard waits for another.
	Shards int

	ConsumerPrefix string // durable consumers are called prefix-subject-function-hash
	DeadPrefix     string // dead letters go to prefix.subject
	DeadStream     string // the stream of dead letters

	AckWait         time.Duration // the server redelivers a message without progress for this long
	UpstreamTimeout time.Duration // for one call of one function
	DrainTimeout    time.Duration // how long calls in flight may go on when the connector stops
	RebuildInterval time.Duration // between two lists of the gateway's functions
	BackoffMin      time.Duration // before the second try, doubled for each further one
	BackoffMax      time.Duration

	// StartAge is the age of the oldest message that a function receives which is new
	// to the subject. Older windows and forecasts are useless. A function that has a
	// consumer continues where that stands.
	StartAge time.Duration

	// ForgetAfter is how long the consumer of a function keeps its place while the
	// gateway does not list the function, or no connector runs. The server then
	// removes it.
	ForgetAfter time.Duration

	// MaxDeliver is the number of tries before a message is dead-lettered.
	MaxDeliver int

	// Concurrency is the number of messages of one subject that a function receives
	// at a time.
	// With 1, messages arrive in order, except that later messages overtake one
	// that waits for its retry.
	Concurrency int

	// MaxAckPending bounds the messages of one subject and function that are in
	// delivery or wait for their retry. With 1, no message overtakes another, and a message
	// that fails blocks all later ones.
	MaxAckPending int
}

// NATSConfig is the address of NATS with the credentials of the connector.
// Username with Password, Token, and CredsFile exclude each other.
type NATSConfig struct {
	URL                string
	Username, Password string
	Token              string
	CredsFile          string      // a NATS credentials file: JWT and seed
	TLS                *tls.Config // certificates, nil for none
}

// GatewayConfig is the address of the OpenFaaS gateway. The credentials serve to
// list functions; calls of functions carry none.
type GatewayConfig struct {
	URL                string      // with the path, if the gateway is below one
	TLS                *tls.Config // certificates, nil for none
	Username, Password string
}

// ReadConfig reads the configuration from environment values. The error joins all
// problems; each names key, bound and value.
func ReadConfig(getenv func(string) string) (Config, error) {
	r := config.NewReader(getenv)
	files := &secretFiles{getenv: getenv}
	subscribers, err := parseSubscribers(r.String("subscribers", suiteSubscribers))
	c := Config{
		NATS:            readNATS(r, files),
		Gateway:         readGateway(r, files),
		Keys:            readKeys(r),
		Topics:          splitList(r.String("topics", "prewarm.windows,prewarm.forecasts")),
		Subscribers:     subscribers,
		Shards:          event.ReadShards(r),
		ConsumerPrefix:  r.String("consumer_prefix", "connector"),
		DeadPrefix:      r.String("dead_prefix", "dead"),
		DeadStream:      r.String("dead_stream", "PREWARM_DEAD"),
		AckWait:         r.Duration("ack_wait", 30*time.Second, time.Second, time.Hour),
		UpstreamTimeout: r.Duration("upstream_timeout", time.Minute, 100*time.Millisecond, time.Hour),
		DrainTimeout:    r.Duration("drain_timeout", 20*time.Second, 0, time.Hour),
		RebuildInterval: r.Duration("rebuild_interval", 30*time.Second, 100*time.Millisecond, time.Hour),
		BackoffMin:      r.Duration("backoff_min", time.Second, 10*time.Millisecond, time.Hour),
		BackoffMax:      r.Duration("backoff_max", 30*time.Second, 10*time.Millisecond, time.Hour),
		StartAge:        r.Duration("start_age", 5*time.Minute, time.Second, 90*24*time.Hour),
		ForgetAfter:     r.Duration("forget_after", 24*time.Hour, time.Minute, 90*24*time.Hour),
		MaxDeliver:      r.Int("max_deliver", 10, 1, 10_000),
		Concurrency:     r.Int("concurrency", 1, 1, 256),
		MaxAckPending:   r.Int("max_ack_pending", 256, 1, 65_536),
	}
	if err := errors.Join(append(files.errs, r.Err(), err)...); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

// readNATS reads the connection to NATS. The secrets nats-user, nats-password and nats-token
// take precedence over keys and files; certificates come from the keys nats_ca_file,
// nats_cert_file and nats_key_file.
func readNATS(r *config.Reader, files *secretFiles) NATSConfig {
	address := r.URLs("nats_url", "nats://nats.openfaas:4222", "nats", "tls")
	return NATSConfig{
		URL:       address,
		Username:  cmp.Or(r.OptionalSecret("nats-user"), r.String("nats_user", "")),
		Password:  cmp.Or(r.OptionalSecret("nats-password"), files.valueOr("nats_password", "nats_password_file")),
		Token:     cmp.Or(r.OptionalSecret("nats-token"), files.valueOr("nats_token", "nats_token_file")),
		CredsFile: r.String("nats_creds_file", ""),
		TLS:       r.TLS("nats", address),
	}
}

// readGateway reads the gateway's address. Like the stock connectors, it takes the
// credentials from the files that the OpenFaaS chart mounts. Certificates come from the
// keys gateway_ca_file, gateway_cert_file and gateway_key_file.
func readGateway(r *config.Reader, files *secretFiles) GatewayConfig {
	address := r.BaseURL("gateway_url", "http://gateway.openfaas:8080", "http", "https")
	g := GatewayConfig{URL: address, TLS: r.TLS("gateway", address)}
	if r.Bool("basic_auth", false) {
		dir := r.String("secret_mount_path", "/var/secrets")
		g.Username = files.read("basic_auth", filepath.Join(dir, "basic-auth-user"))
		g.Password = files.read("basic_auth", filepath.Join(dir, "basic-auth-password"))
	}
	return g
}

// readKeys reads the secret prewarm-hmac-key, which may be missing.
func readKeys(r *config.Reader) event.Keys {
	if r.OptionalSecret(event.KeySecret) == "" {
		return event.Keys{}
	}
	return event.ReadKeys(r)
}

// splitList splits a comma-separated list and drops empty parts.
func splitList(list string) []string {
	var parts []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
