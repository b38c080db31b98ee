package connector

import (
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"prewarm/shared/config"
)

// Config is the configuration of a connector: source, target, and limits of delivery.
type Config struct {
	NATS    NATSConfig
	Gateway GatewayConfig

	// Topics are the JetStream subjects to deliver, without wildcards. A function
	// receives a topic that its annotation "topic" names.
	Topics []string

	ConsumerPrefix string // durable consumers are called prefix-subject, dots as dashes
	DeadPrefix     string // dead letters go to prefix.subject
	DeadStream     string // the stream of dead letters

	AckWait         time.Duration // the server redelivers a message without progress for this long
	UpstreamTimeout time.Duration // for one call of one function
	DrainTimeout    time.Duration // how long calls in flight may go on when the connector stops
	RebuildInterval time.Duration // between two lists of the gateway's functions
	BackoffMin      time.Duration // before the second try, doubled for each further one
	BackoffMax      time.Duration

	// MaxDeliver is the number of tries before a message is dead-lettered.
	MaxDeliver int

	// Concurrency is the number of messages of one subject in delivery at a time.
	// With 1, messages arrive in order, except that later messages overtake one
	// that waits for its retry.
	Concurrency int

	// MaxAckPending bounds the messages of one subject that are in delivery or
	// wait for their retry. With 1, no message overtakes another, and a message
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

// topicPattern matches subjects without wildcards, which also make valid consumer names.
var topicPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// tickTopic is the topic of the cron-connector. It is not a NATS subject.
const tickTopic = "cron-function"

// ReadConfig reads the configuration from environment values. The error joins all
// problems; each names key, bound and value.
func ReadConfig(getenv func(string) string) (Config, error) {
	r := config.NewReader(getenv)
	files := &secretFiles{getenv: getenv}
	c := Config{
		NATS:            readNATS(r, files),
		Gateway:         readGateway(r, files),
		Topics:          splitTopics(r.String("topics", "prewarm.windows,prewarm.forecasts")),
		ConsumerPrefix:  r.String("consumer_prefix", "connector"),
		DeadPrefix:      r.String("dead_prefix", "dead"),
		DeadStream:      r.String("dead_stream", "PREWARM_DEAD"),
		AckWait:         r.Duration("ack_wait", 30*time.Second, time.Second, time.Hour),
		UpstreamTimeout: r.Duration("upstream_timeout", time.Minute, 100*time.Millisecond, time.Hour),
		DrainTimeout:    r.Duration("drain_timeout", 20*time.Second, 0, time.Hour),
		RebuildInterval: r.Duration("rebuild_interval", 5*time.Second, 100*time.Millisecond, time.Hour),
		BackoffMin:      r.Duration("backoff_min", time.Second, 10*time.Millisecond, time.Hour),
		BackoffMax:      r.Duration("backoff_max", 30*time.Second, 10*time.Millisecond, time.Hour),
		MaxDeliver:      r.Int("max_deliver", 10, 1, 10_000),
		Concurrency:     r.Int("concurrency", 1, 1, 256),
		MaxAckPending:   r.Int("max_ack_pending", 256, 1, 65_536),
	}
	if err := errors.Join(append(files.errs, r.Err())...); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

// readNATS reads the connection to NATS. Secrets may come from files, certificates from the
// keys nats_ca_file, nats_cert_file and nats_key_file.
func readNATS(r *config.Reader, files *secretFiles) NATSConfig {
	address := r.URLs("nats_url", "nats://nats.openfaas:4222", "nats", "tls")
	return NATSConfig{
		URL:       address,
		Username:  r.String("nats_user", ""),
		Password:  files.valueOr("nats_password", "nats_password_file"),
		Token:     files.valueOr("nats_token", "nats_token_file"),
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
		g.Username = files.read(filepath.Join(dir, "basic-auth-user"))
		g.Password = files.read(filepath.Join(dir, "basic-auth-password"))
	}
	return g
}

// splitTopics splits a comma-separated list and drops empty parts.
func splitTopics(list string) []string {
	var topics []string
	for part := range strings.SplitSeq(list, ",") {
		if topic := strings.TrimSpace(part); topic != "" {
			topics = append(topics, topic)
		}
	}
	return topics
}

// validate checks a Config, also one that does not come from ReadConfig.
func (c Config) validate() error {
	return errors.Join(c.validateTopics(), c.NATS.validate(), c.validateLimits())
}

// validateTopics checks the names that become NATS subjects, consumers and streams.
func (c Config) validateTopics() error {
	var errs []error
	if len(c.Topics) == 0 {
		errs = append(errs, errors.New("topics must name at least one subject"))
	}
	consumers := map[string]string{}
	for _, topic := range c.Topics {
		if !topicPattern.MatchString(topic) || topic == tickTopic {
			errs = append(errs, fmt.Errorf("topics must be NATS subjects without wildcards and not %s, was: %q", tickTopic, topic))
		}
		name := c.consumerName(topic)
		if other, taken := consumers[name]; taken {
			errs = append(errs, fmt.Errorf("topics must have different consumer names, was: %q and %q", other, topic))
		}
		consumers[name] = topic
	}
	for key, value := range map[string]string{"consumer_prefix": c.ConsumerPrefix, "dead_stream": c.DeadStream} {
		if !topicPattern.MatchString(value) || strings.Contains(value, ".") {
			errs = append(errs, fmt.Errorf("%s must consist of letters, digits, dashes and underscores, was: %q", key, value))
		}
	}
	if !topicPattern.MatchString(c.DeadPrefix) {
		errs = append(errs, fmt.Errorf("dead_prefix must be a NATS subject, was: %q", c.DeadPrefix))
	}
	return errors.Join(errs...)
}

// validateLimits checks durations and counts.
func (c Config) validateLimits() error {
	var errs []error
	for key, value := range map[string]time.Duration{
		"ack_wait": c.AckWait, "upstream_timeout": c.UpstreamTimeout, "rebuild_interval": c.RebuildInterval, "backoff_min": c.BackoffMin,
	} {
		if value <= 0 {
			errs = append(errs, fmt.Errorf("%s must be above 0, was: %v", key, value))
		}
	}
	for key, value := range map[string]int{"max_deliver": c.MaxDeliver, "concurrency": c.Concurrency, "max_ack_pending": c.MaxAckPending} {
		if value < 1 {
			errs = append(errs, fmt.Errorf("%s must be at least 1, was: %d", key, value))
		}
	}
	if c.BackoffMax < c.BackoffMin {
		errs = append(errs, fmt.Errorf("backoff_max must be at least backoff_min %v, was: %v", c.BackoffMin, c.BackoffMax))
	}
	return errors.Join(errs...)
}

// validate checks that at most one kind of credentials is set.
func (n NATSConfig) validate() error {
	kinds := 0
	for _, credential := range []string{n.Username, n.Token, n.CredsFile} {
		if credential != "" {
			kinds++
		}
	}
	if kinds > 1 {
		return errors.New("nats_user, nats_token and nats_creds_file exclude each other")
	}
	return nil
}

// consumerName returns the durable name of the consumer of a subject. Consumer
// names may not contain dots.
func (c Config) consumerName(subject string) string {
	return c.ConsumerPrefix + "-" + strings.ReplaceAll(subject, ".", "-")
}
