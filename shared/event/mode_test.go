package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
)

func TestAModeIsValidOnlyIfAllOfItIs(t *testing.T) {
	good := event.Mode{Function: "shop.openfaas-fn", Mode: "active", By: "token", Time: time.Unix(600, 0)}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, edit := range map[string]func(*event.Mode){
		"function": func(m *event.Mode) { m.Function = "shop" },
		"mode":     func(m *event.Mode) { m.Mode = "Active" },
		"by":       func(m *event.Mode) { m.By = strings.Repeat("x", 129) },
		"by must":  func(m *event.Mode) { m.By = "" },
		"UTF-8":    func(m *event.Mode) { m.By = "\xff" },
		"time":     func(m *event.Mode) { m.Time = time.Time{} },
	} {
		bad := good
		edit(&bad)
		if err := bad.Validate(); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
