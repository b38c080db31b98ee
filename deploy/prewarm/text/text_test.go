package text

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNoTextControlsTheTerminal(t *testing.T) {
	for given, want := range map[string]string{
		"shop.openfaas-fn":          "shop.openfaas-fn",
		"\x1b[2J\x1b]0;title\a":     `\x1b[2J\x1b]0;title\a`,
		"a\nb\tc\rd":                `a\nb\tc\rd`,
		"\u009b31mred":              `\u009b31mred`,      // the CSI of eight bits
		"evil\u202etxt.exe":         `evil\u202etxt.exe`, // turns the direction of writing
		"broken \xff\xfe":           `broken \xff\xfe`,
		"größer ≥ 5 × 日本":           "größer ≥ 5 × 日本",
		strings.Repeat("x", 2*1000): strings.Repeat("x", MaxCell) + "…",
	} {
		if got := Safe(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

func TestATableIsAlignedAndHasOneLineForEachRow(t *testing.T) {
	table := Table{Heading: []string{"FUNCTION", "REASON"}}
	table.Add("shop.openfaas-fn", "a call\nis likely")
	table.Add("a.b", "")
	var out strings.Builder
	if err := table.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := "FUNCTION          REASON\nshop.openfaas-fn  a call\\nis likely\na.b               -\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestJSONMeansTheSameWithoutControls(t *testing.T) {
	given := map[string]string{"reason": "\u009b2J \x1b[0m \x7f \u202e \U000e0001 <ok> größer"}
	var out strings.Builder
	if err := JSON(&out, given); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if Safe(line) != line {
			t.Errorf("got a character that is not printable: %q", line)
		}
	}
	var read map[string]string
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil || read["reason"] != given["reason"] {
		t.Errorf("got %q, %v", read, err)
	}
}

// FuzzSafe checks that whatever a gateway answers is printed as printable text.
func FuzzSafe(f *testing.F) {
	f.Add("\x1b]8;;http://example.org\x07link\x1b]8;;\x07")
	f.Add("\xc2\x9b2J\u2066")
	f.Fuzz(func(t *testing.T, s string) {
		safe := Safe(s)
		if !utf8.ValidString(safe) || strings.ContainsFunc(safe, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u202e' }) {
			t.Errorf("%q became %q", s, safe)
		}
		if again := Safe(safe); again != safe && utf8.RuneCountInString(safe) <= MaxCell {
			t.Errorf("%q is not stable: %q", safe, again)
		}
		var out strings.Builder
		if err := JSON(&out, s); err != nil {
			t.Fatal(err)
		}
		var read string
		if err := json.Unmarshal([]byte(out.String()), &read); err != nil || utf8.ValidString(s) && read != s {
			t.Errorf("%q became %q, %v", s, read, err)
		}
	})
}
