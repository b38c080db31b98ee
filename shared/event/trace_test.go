package event

import (
	"strings"
	"testing"
)

const validTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" // the example of the W3C

func TestATraceparentIsTakenInOneFormOnly(t *testing.T) {
	if CheckTrace(validTrace) != validTrace {
		t.Error("the example of the specification is refused")
	}
	for cause, value := range map[string]string{
		"nothing":                    "",
		"a later version":            "01" + validTrace[2:],
		"the version that is no one": "ff" + validTrace[2:],
		"capital letters":            strings.ToUpper(validTrace),
		"a trace of zeros":           "00-" + strings.Repeat("0", 32) + validTrace[35:],
		"a span of zeros":            validTrace[:36] + strings.Repeat("0", 16) + "-01",
		"another separator":          strings.ReplaceAll(validTrace, "-", "_"),
		"more":                       validTrace + "-00",
		"a second line":              validTrace[:53] + "\r\n",
		"much":                       strings.Repeat(validTrace, 1000),
	} {
		if got := CheckTrace(value); got != "" {
			t.Errorf("%s: got %q", cause, got)
		}
	}
}

func FuzzCheckTrace(f *testing.F) {
	f.Add(validTrace)
	f.Add("00-00000000000000000000000000000000-b7ad6b7169203331-01")
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		got := CheckTrace(value)
		if got != "" && got != value {
			t.Errorf("%q became %q", value, got)
		}
		// What is taken stands in a header as it is.
		if got != "" && (len(got) != 55 || strings.ContainsAny(got, "\r\n\x00 ")) {
			t.Errorf("taken: %q", value)
		}
	})
}
