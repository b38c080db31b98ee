package connector

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"prewarm/shared/event"
)

// subscriber is a function, name.namespace, that receives the messages of a subject.
type subscriber struct {
	subject, function string
}

// Subscribers maps a subject to the patterns of the functions that may receive it. A
// pattern is name.namespace, with * for any number of characters.
type Subscribers map[string][]string

// suiteSubscribers is the default of the key subscribers: the functions of the suite.
const suiteSubscribers = event.TypeWindows + "=predictor." + defaultNamespace + "," +
	event.TypeForecasts + "=scaler." + defaultNamespace

const (
	// suitePrefix begins the subjects of the suite. Their messages are for its own
	// functions, unless the operator names others.
	suitePrefix = "prewarm."

	// defaultNamespace is that of functions that the gateway lists without one, as a
	// provider without namespaces does.
	defaultNamespace = "openfaas-fn"
)

// subscriberPattern matches the pattern of an entry.
var subscriberPattern = regexp.MustCompile(`^[A-Za-z0-9_.*-]+$`)

// parseSubscribers parses entries subject=function, separated by commas. A subject may
// have several entries.
func parseSubscribers(list string) (Subscribers, error) {
	subscribers := Subscribers{}
	for _, entry := range splitList(list) {
		subject, function, _ := strings.Cut(entry, "=")
		subject, function = strings.TrimSpace(subject), strings.TrimSpace(function)
		if !topicPattern.MatchString(subject) || !subscriberPattern.MatchString(function) {
			return nil, fmt.Errorf("subscribers must have entries subject=name.namespace, with * for any characters of a function, was: %q", entry)
		}
		subscribers[subject] = append(subscribers[subject], function)
	}
	return subscribers, nil
}

// allow reports whether a function may receive its subject. The subjects of the suite
// and those that have entries are for the functions of the entries, other subjects for
// every function.
func (s Subscribers) allow(who subscriber) bool {
	if !s.restrict(who.subject) {
		return true
	}
	name := who.function
	if !strings.Contains(name, ".") {
		name += "." + defaultNamespace
	}
	for _, pattern := range s[who.subject] {
		if match, err := path.Match(pattern, name); err == nil && match {
			return true
		}
	}
	return false
}

// subjects returns the subjects that a function with the topic receives.
func (c Config) subjects(topic string) []string {
	if event.TypeOf(topic) != topic {
		return []string{topic}
	}
	return event.Subjects(topic, c.Shards)
}

// restrict reports whether a subject is for the functions of its entries alone.
func (s Subscribers) restrict(subject string) bool {
	return len(s[subject]) > 0 || strings.HasPrefix(subject, suitePrefix)
}
