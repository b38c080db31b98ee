package prometheus

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Matcher is a condition on a label: Op is one of = != =~ !~.
type Matcher struct{ Label, Op, Value string }

// operators of the query language. Each stands before its own prefixes.
var operators = []string{"=~", "!~", "!=", "="}

// Names that the query language allows.
var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	labelStart = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*`)
)

// selector returns metric{label="value"}. The query language quotes strings as Go does.
func selector(metric string, matchers []Matcher) string {
	if !metricName.MatchString(metric) {
		panic("prometheus: invalid metric name " + strconv.Quote(metric))
	}
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		if !labelName.MatchString(m.Label) || !slices.Contains(operators, m.Op) {
			panic("prometheus: invalid matcher " + strconv.Quote(m.Label+m.Op))
		}
		parts[i] = m.Label + m.Op + strconv.Quote(m.Value)
	}
	return metric + "{" + strings.Join(parts, ",") + "}"
}

// ParseMatchers parses label matchers as they stand in a selector of the query language,
// with or without its braces:
//
//	cluster="eu", env!~"dev|test"
//
// Values are in double or single quotes with escapes, or in backquotes without. An empty
// text has no matchers. The error begins with "must be", and states the position of the
// character at which parsing ended, from 1.
func ParseMatchers(text string) ([]Matcher, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("must be valid UTF-8, was: %.100q", text)
	}
	inner := strings.TrimSpace(text)
	if strings.HasPrefix(inner, "{") && strings.HasSuffix(inner, "}") {
		inner = inner[1 : len(inner)-1]
	}
	p := matcherParser{rest: inner}
	all, err := p.list()
	if err != nil {
		at := strings.Index(text, inner) + len(inner) - len(p.rest)
		return nil, fmt.Errorf(`must be label matchers such as cluster="eu",env!~"dev|test": %w at character %d of %.200q`,
			err, utf8.RuneCountInString(text[:at])+1, text)
	}
	return all, nil
}

// matcherParser parses from the front of rest.
type matcherParser struct{ rest string }

// list parses matchers with commas between them. One comma may follow the last, as in the
// query language.
func (p *matcherParser) list() ([]Matcher, error) {
	var all []Matcher
	for p.space(); p.rest != ""; p.space() {
		m, err := p.matcher()
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		if p.space(); p.rest != "" && !p.skip(",") {
			return nil, fmt.Errorf("expected a comma")
		}
	}
	return all, nil
}

// matcher parses one matcher. After an error, rest begins at the wrong part.
func (p *matcherParser) matcher() (m Matcher, err error) {
	m.Label = labelStart.FindString(p.rest)
	switch {
	case m.Label == "":
		return m, fmt.Errorf("expected the name of a label")
	case m.Label == "__name__":
		return m, fmt.Errorf("expected a label other than __name__")
	}
	p.skip(m.Label)
	p.space()
	i := slices.IndexFunc(operators, p.skip)
	if i < 0 {
		return m, fmt.Errorf("expected one of = != =~ !~")
	}
	m.Op = operators[i]
	p.space()
	from := p.rest
	if m.Value, err = p.quoted(); err != nil || !strings.HasSuffix(m.Op, "~") {
		return m, err
	}
	if _, err := regexp.Compile("^(?s:" + m.Value + ")$"); err != nil {
		p.rest = from
		return m, fmt.Errorf("expected a regular expression (%w)", err)
	}
	return m, nil
}

var errUnclosed = errors.New("expected the end of the quotes that begin")

// quoted parses a string in quotes.
func (p *matcherParser) quoted() (string, error) {
	if p.rest == "" || !strings.ContainsRune("\"'`", rune(p.rest[0])) {
		return "", fmt.Errorf("expected a value in quotes")
	}
	if p.rest[0] != '`' {
		return p.escaped()
	}
	value, rest, ok := strings.Cut(p.rest[1:], "`")
	if !ok {
		return "", errUnclosed
	}
	p.rest = rest
	return value, nil
}

// escaped parses a string with escapes, in double or single quotes.
func (p *matcherParser) escaped() (string, error) {
	from, quote := p.rest, p.rest[0]
	p.rest = p.rest[1:]
	var value []byte
	for p.rest != "" && p.rest[0] != '\n' {
		if p.skip(string(quote)) {
			if !utf8.Valid(value) {
				p.rest = from
				return "", fmt.Errorf("expected a value in UTF-8")
			}
			return string(value), nil
		}
		c, multibyte, rest, err := strconv.UnquoteChar(p.rest, quote)
		if err != nil {
			return "", fmt.Errorf("expected a valid escape")
		}
		if multibyte {
			value = utf8.AppendRune(value, c)
		} else {
			value = append(value, byte(c)) // also the bytes that \x and \377 name
		}
		p.rest = rest
	}
	p.rest = from
	return "", errUnclosed
}

// skip removes a prefix, and reports whether it was there.
func (p *matcherParser) skip(prefix string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, prefix)
	return ok
}

// space removes white space.
func (p *matcherParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }
