package predictor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// maxWindow bounds a body with one window, in bytes. A day of minutes with large numbers in
// every list has about 50 KiB.
const maxWindow = 64 << 10

// single returns the forecast of one unsigned window. Nothing is published.
func (p *Predictor) single(body []byte) (handler.Response, error) {
	w, err := decodeWindow(body)
	if err != nil {
		return handler.Response{}, err
	}
	return serve.JSON(&event.Forecasts{Model: p.model.Version(), Forecasts: p.forecast([]event.FunctionWindow{w})})
}

// decodeWindow decodes and validates one window. It may come without function and
// concurrency, which is 1 then. Unknown fields and nulls are refused, because they are
// mistakes of a user that would change the forecast silently.
func decodeWindow(body []byte) (event.FunctionWindow, error) {
	w := event.FunctionWindow{Function: "posted.window", Concurrency: 1}
	if len(body) > maxWindow {
		return w, fmt.Errorf("%w: a window has at most %d bytes, was: %d", event.ErrTooLarge, maxWindow, len(body))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return w, malformed(err)
	}
	// Decode stops after the first value. Anything behind it would be ignored
	// without a word.
	if _, err := dec.Token(); err != io.EOF {
		return w, fmt.Errorf("%w: there is more after the window", event.ErrMalformed)
	}
	if err := refuseNulls(body); err != nil {
		return w, err
	}
	// The same checks as for the windows of a signed batch.
	return w, (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate()
}

// malformed names the field if a value has the wrong type.
func malformed(err error) error {
	// The text of encoding/json names Go types, which say nothing to a caller.
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Errorf("%w: %s must not be a %s", event.ErrMalformed, wrongType.Field, wrongType.Value)
	}
	return fmt.Errorf("%w: %w", event.ErrMalformed, err)
}

// refuseNulls refuses null in the lists of a window. It would be decoded as 0, but
// unknown counts are -1.
func refuseNulls(body []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return malformed(err)
	}
	for name, value := range fields {
		// Only lists of numbers are in a window, so the text null in a list can only
		// be the value.
		if value[0] == '[' && bytes.Contains(value, []byte("null")) {
			return fmt.Errorf("%w: %s must hold numbers, -1 in counts where there is no data, was: null", event.ErrMalformed, name)
		}
	}
	return nil
}
