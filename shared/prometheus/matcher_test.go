package prometheus_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	prom "prewarm/shared/prometheus"
)

func TestMatchersAreThoseOfASelector(t *testing.T) {
	for text, want := range map[string][]prom.Matcher{
		"":               nil,
		" {} ":           nil,
		`cluster="eu"`:   {{"cluster", "=", "eu"}},
		`{cluster="eu"}`: {{"cluster", "=", "eu"}},
		"cluster = \"eu\" ,\n env!~\"dev|test\", _a1 != '' , z=~`b\\d`,": {
			{"cluster", "=", "eu"}, {"env", "!~", "dev|test"}, {"_a1", "!=", ""}, {"z", "=~", `b\d`},
		},
		`a="x\"y\\z\t\u00e4\x41\303\274"`: {{"a", "=", "x\"y\\z\täAü"}},
		`a='x"y\'z'`:                      {{"a", "=", `x"y'z`}},
		`a="},b=",c="{"`:                  {{"a", "=", "},b="}, {"c", "=", "{"}},
	} {
		got, err := prom.ParseMatchers(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestAWrongMatcherIsRefusedWithItsPosition(t *testing.T) {
	for text, want := range map[string]string{
		`cluster=eu`:             `expected a value in quotes at character 9 of "cluster=eu"`,
		`cluster`:                "expected one of = != =~ !~ at character 8",
		`cluster=="eu"`:          "expected a value in quotes at character 9",
		`a="ä",="eu"`:            "expected the name of a label at character 7",
		` {a="b" c="d"}`:         "expected a comma at character 9",
		`a="b",,`:                "expected the name of a label at character 7",
		`a="b`:                   "expected the end of the quotes that begin at character 3",
		"a=`b":                   "expected the end of the quotes that begin at character 3",
		"a=\"b\nc\"":             "expected the end of the quotes that begin at character 3",
		`a="b\q"`:                "expected a valid escape at character 5",
		`a="b\'"`:                "expected a valid escape at character 5",
		`a="\xff"`:               "expected a value in UTF-8 at character 3",
		`a=~"(b"`:                "expected a regular expression (error parsing regexp: missing closing ): `^(?s:(b)$`) at character 4",
		`calls{a="b"}`:           "expected one of = != =~ !~ at character 6",
		`__name__="calls"`:       "expected a label other than __name__ at character 1",
		"a=\"\xff\"":             "must be valid UTF-8",
		`a="b" # and a comment`:  "expected a comma at character 7",
		`1a="b"`:                 "expected the name of a label at character 1",
		`a>"b"`:                  "expected one of = != =~ !~ at character 2",
		`a="b"} or {b="c"`:       "expected a comma at character 6",
		strings.Repeat("a", 999): "at character 1000",
	} {
		got, err := prom.ParseMatchers(text)
		if err == nil || !strings.HasPrefix(err.Error(), "must be ") || !strings.Contains(err.Error(), want) || got != nil || len(err.Error()) > 400 {
			t.Errorf("%s: got %q, %v, want %s", text, got, err, want)
		}
	}
}

// FuzzParseMatchers checks that the query has the matchers that were read.
func FuzzParseMatchers(f *testing.F) {
	f.Add(`cluster="eu",env!~"dev|test"`)
	f.Add("{a='x\\'y', b=`\\d` ,}")
	f.Add(`a="\xff\377\U0001F600"`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := prom.ParseMatchers(text)
		if err != nil {
			return
		}
		for _, m := range all {
			if !utf8.ValidString(m.Value) {
				t.Errorf("the value %q is not UTF-8", m.Value)
			}
		}
		again, err := prom.ParseMatchers(strings.TrimPrefix(prom.Selector("calls", all), "calls"))
		if err != nil || !reflect.DeepEqual(again, all) {
			t.Errorf("read %q, and its selector as %q, %v", all, again, err)
		}
	})
}

func TestHeadersAreSeparatedBySemicolonsOrLines(t *testing.T) {
	for text, want := range map[string]http.Header{
		"":                             {},
		"X-Scope-OrgID: a|b":           {"X-Scope-Orgid": {"a|b"}},
		"a: 1; b:2;;a: 3 ;":            {"A": {"1", "3"}, "B": {"2"}},
		"Cookie: a=1; b=2\r\nB: x:y\n": {"Cookie": {"a=1; b=2"}, "B": {"x:y"}},
	} {
		if got, err := prom.ParseHeaders(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestAWrongHeaderIsRefusedWithoutItsValue(t *testing.T) {
	for text, want := range map[string]string{
		"hunter2":                      "number 1 must have a colon after its name",
		"A: 1; hunter2":                "number 2 must have a colon",
		"A b: hunter2":                 "number 1 must have a name of letters, digits and hyphens",
		"A:":                           "number 1 must have a value after A",
		"A: hunter2\x00":               "number 1 must not have control characters in the value of A",
		"A: hunter2\rB: hunter2":       "number 1 must not have control characters in the value of A",
		"host: hunter2":                "number 1 must not be Host, which the query sets itself",
		"Content-Type: hunter2":        "number 1 must not be Content-Type",
		"A: b\nAccept-encoding: x":     "number 2 must not be Accept-Encoding",
		"Authorization: Bearer\nüber:": "number 2 must have a name",
	} {
		_, err := prom.ParseHeaders(text)
		if err == nil || !strings.HasPrefix(err.Error(), "must be headers such as ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParseHeaders checks that net/http sends what was accepted.
func FuzzParseHeaders(f *testing.F) {
	f.Add("X-Scope-OrgID: team-a; X-Team: blue")
	f.Add("A: b\nC: d\x7f")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := prom.ParseHeaders(text)
		if err != nil {
			return
		}
		var sent strings.Builder
		if err := h.Write(&sent); err != nil {
			t.Error(err)
		}
		lines := 0
		for _, values := range h {
			lines += len(values)
		}
		if got := strings.Count(sent.String(), "\n"); got != lines {
			t.Errorf("%d headers became %d lines: %q", lines, got, sent.String())
		}
	})
}
