package connector

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// topicPattern matches subjects without wildcards.
var topicPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// tickTopic is the topic of the cron-connector. It is not a NATS subject.
const tickTopic = "cron-function"

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
	for i, topic := range c.Topics {
		if !topicPattern.MatchString(topic) || topic == tickTopic {
			errs = append(errs, fmt.Errorf("topics must be NATS subjects without wildcards and not %s, was: %q", tickTopic, topic))
		}
		if slices.Contains(c.Topics[:i], topic) {
			errs = append(errs, fmt.Errorf("topics must name a subject once, was: %q twice", topic))
		}
		if c.Subscribers.restrict(topic) && len(c.Subscribers[topic]) == 0 {
			errs = append(errs, fmt.Errorf("subscribers must have an entry for the topic %q, as in %s=name.namespace", topic, topic))
		}
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
		"start_age": c.StartAge, "forget_after": c.ForgetAfter,
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
