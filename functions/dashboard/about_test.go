package dashboard

import (
	"fmt"
	"strings"
	"testing"
)

// A new user sees what the numbers mean; who has many functions opens that with a click.
func TestTheOverviewExplainsItself(t *testing.T) {
	for functions, open := range map[int]bool{2: true, maxExplained: true, maxExplained + 1: false} {
		d := newFake(t, &fakeSource{})
		var names []string
		for i := range functions {
			names = append(names, fmt.Sprintf("shop-%d.ns", i))
		}
		feed(t, d, names...)
		page := get(d, "/").Body.String()
		if got := strings.Contains(page, `<details class="about" id="about" open>`); got != open {
			t.Errorf("%d functions: the explanation is open: %t", functions, got)
		}
		for _, word := range []string{"Expected cold starts</dt>", "a pause of 10 minutes or more", "keeps a replica for 10 minutes", "next 1 hour", "off</span> does neither", `href="?page=savings"`} {
			if !strings.Contains(page, word) {
				t.Errorf("%d functions: the page does not say %q", functions, word)
			}
		}
	}
}

// Without functions the page says what to look at instead.
func TestAnEmptyOverviewExplainsNoNumbers(t *testing.T) {
	if page := get(newFake(t, &fakeSource{}), "/").Body.String(); strings.Contains(page, `id="about"`) {
		t.Error("numbers are explained that are not there")
	}
}
