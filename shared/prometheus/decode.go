package prometheus

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// verdict is what an answer says about itself: the fields of the documented answer
// beside its data, and isPartial, which VictoriaMetrics adds.
type verdict struct {
	Status     string
	ErrorType  string
	Error      string
	Warnings   []string
	IsPartial  bool
	resultType string
	result     bool // the answer has a result
}

// err returns the error that the verdict is, nil for a complete answer with series. An
// answer that is not complete is an error: counting it would lose calls.
func (v *verdict) err() error {
	switch {
	case v.Status != "success":
		return refused(http.StatusOK, fmt.Sprintf("status %.20q", v.Status), v.ErrorType, v.Error)
	case v.IsPartial:
		return fmt.Errorf("%w: isPartial is set", ErrPartial)
	case len(v.Warnings) > 0:
		return fmt.Errorf("%w: warnings: %.200q", ErrPartial, v.Warnings)
	case v.resultType != "matrix":
		return fmt.Errorf("%w: resultType must be matrix, was: %.20q", ErrMalformed, v.resultType)
	case !v.result:
		return fmt.Errorf("%w: data.result is missing", ErrMalformed)
	}
	return nil
}

// element is an element of data.result.
type element struct {
	Metric map[string]string `json:"metric"`
	Values samples           `json:"values"`
}

// decoder steps through an answer, so that one series at a time is in memory.
type decoder struct {
	*json.Decoder
	verdict verdict
	lo, hi  int64 // Unix ms; samples outside (lo, hi] are dropped
	take    func(Series) error
	taken   error    // the error of take
	scratch []Sample // the memory of the next series
}

// maxFields bounds the fields of an answer, and so the memory of their names. The stores
// write fewer than ten.
const maxFields = 64

// errForm means an answer whose parts are not of the documented types.
var errForm = errors.New("the answer does not have the documented form")

// decode passes the series of the answer to a range selector to take, cut to (lo, hi].
// Fields may have any order, and each occurs once.
func decode(body *bounded, lo, hi int64, take func(Series) error) error {
	d := &decoder{Decoder: json.NewDecoder(body), lo: lo, hi: hi, take: take}
	body.done = d.InputOffset
	err := d.object(d.field)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return d.verdict.err()
		}
		err = cmp.Or(err, errors.New("the answer goes on after its end"))
	}
	switch {
	case d.taken != nil:
		return d.taken
	case body.err != nil:
		return body.err
	case body.page():
		return fmt.Errorf("%w: it is a page of HTML, such as that of a login: prometheus_url must be the address of the API, with credentials if it wants some", ErrMalformed)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends after %d bytes, before it is complete", ErrMalformed, body.read)
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// object passes each key of an object to field, which reads the value.
func (d *decoder) object(field func(key string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return cmp.Or(err, errForm)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string)
		if seen[key] {
			return fmt.Errorf("the field %.20q occurs twice", key)
		}
		if len(seen) >= maxFields {
			return fmt.Errorf("an object must have at most %d fields", maxFields)
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// field reads a field of the answer.
func (d *decoder) field(key string) error {
	switch key {
	case "status":
		return d.Decode(&d.verdict.Status)
	case "errorType":
		return d.Decode(&d.verdict.ErrorType)
	case "error":
		return d.Decode(&d.verdict.Error)
	case "warnings":
		return d.Decode(&d.verdict.Warnings)
	case "isPartial":
		return d.Decode(&d.verdict.IsPartial)
	case "data":
		return d.object(d.dataField)
	}
	return d.skip()
}

// dataField reads a field of data.
func (d *decoder) dataField(key string) error {
	switch key {
	case "resultType":
		return d.Decode(&d.verdict.resultType)
	case "result":
		d.verdict.result = true
		return d.series()
	}
	return d.skip()
}

func (d *decoder) skip() error {
	var value json.RawMessage
	return d.Decode(&value)
}

// series reads the result. A store that is written in Go may write no series as null.
func (d *decoder) series() error {
	t, err := d.Token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('[') {
		return errForm
	}
	for d.More() {
		e := element{Values: samples{all: d.scratch[:0], lo: d.lo, hi: d.hi}}
		if err := d.Decode(&e); err != nil {
			return err
		}
		d.scratch = e.Values.all
		if len(d.scratch) == 0 {
			continue
		}
		s := Series{Labels: e.Metric, Samples: slices.Clone(ordered(d.scratch))}
		if d.taken = d.take(s); d.taken != nil {
			return d.taken
		}
	}
	_, err = d.Token()
	return err
}
