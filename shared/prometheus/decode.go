package prometheus

import (
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

// Types of a result.
const (
	matrix = "matrix" // of a range selector
	vector = "vector" // of an expression at one time
)

// err returns the error that the verdict states, nil for a complete answer with series of the
// wanted type. An incomplete answer is an error: counting it would lose calls.
func (v *verdict) err(want string) error {
	switch {
	case v.Status != "success":
		return refused(http.StatusOK, fmt.Sprintf("status %.20q", v.Status), v.ErrorType, v.Error)
	case v.IsPartial:
		return fmt.Errorf("%w: isPartial is set", ErrPartial)
	case len(v.Warnings) > 0:
		return fmt.Errorf("%w: warnings: %.200q", ErrPartial, v.Warnings)
	case v.resultType != want:
		return fmt.Errorf("%w: resultType must be %s, was: %.20q", ErrMalformed, want, v.resultType)
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

// decoder steps through an answer.
type decoder struct {
	scanner
	verdict verdict
	want    string // type of the result
	lo, hi  int64  // Unix ms; samples outside (lo, hi] are dropped
	take    func(Series) error
	taken   error // the error of take
	plain   plain
	scratch []Sample // the memory of the next series
}

// decode passes the series of the answer to a range selector to take, cut to (lo, hi].
// Fields may have any order, and each occurs once.
func decode(body scanner, lo, hi int64, take func(Series) error) error {
	return decodeResult(&decoder{scanner: body, want: matrix, lo: lo, hi: hi, take: take, plain: plain{texts: map[string]string{}}})
}

// decodeResult passes the series of an answer of any type on.
func decodeResult(d *decoder) error {
	err := d.object(d.field)
	if err == nil {
		var c byte
		if c, err = d.next(); err == io.EOF {
			return d.verdict.err(d.want)
		}
		err = d.unexpected(c, err)
	}
	switch {
	case d.taken != nil:
		return d.taken
	case d.page:
		return fmt.Errorf("%w: it is a page of HTML, such as that of a login: prometheus_url must be the address of the API, with credentials if it wants some", ErrMalformed)
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return fmt.Errorf("%w: it ends after %d bytes, before it is complete", ErrMalformed, d.read)
	case err == d.err:
		return err
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// maxFields bounds the fields of an answer, and so the memory of their names. The stores
// write fewer than ten.
const maxFields = 64

// object passes each key of an object to field, which reads the value.
func (d *decoder) object(field func(key string) error) error {
	seen := map[string]bool{}
	return d.list('{', '}', func() error {
		var key *string
		if err := d.decode(&key); err != nil {
			return err
		}
		switch {
		case key == nil:
			return errors.New("a key must be a string, was: null")
		case seen[*key]:
			return fmt.Errorf("the field %.20q occurs twice", *key)
		case len(seen) >= maxFields:
			return fmt.Errorf("an object must have at most %d fields", maxFields)
		}
		seen[*key] = true
		if c, err := d.next(); err != nil || c != ':' {
			return d.unexpected(c, err)
		}
		return field(*key)
	})
}

// field reads a field of the answer.
func (d *decoder) field(key string) error {
	switch key {
	case "status":
		return d.decode(&d.verdict.Status)
	case "errorType":
		return d.decode(&d.verdict.ErrorType)
	case "error":
		return d.decode(&d.verdict.Error)
	case "warnings":
		return d.decode(&d.verdict.Warnings)
	case "isPartial":
		return d.decode(&d.verdict.IsPartial)
	case "data":
		return d.object(d.dataField)
	}
	return d.decode(new(json.RawMessage))
}

// dataField reads a field of data.
func (d *decoder) dataField(key string) error {
	switch key {
	case "resultType":
		return d.decode(&d.verdict.resultType)
	case "result":
		d.verdict.result = true
		if c, err := d.peek(); err == nil && c == 'n' {
			// A store that is written in Go may write no series as null.
			return d.decode(new(*struct{}))
		}
		if d.want == vector {
			return d.list('[', ']', d.single)
		}
		return d.list('[', ']', d.series)
	}
	return d.decode(new(json.RawMessage))
}

// series reads an element of the result, and passes it on if it has samples.
func (d *decoder) series() error {
	b, err := d.value()
	if err != nil {
		return err
	}
	labels, all, ok := d.plain.series(b, d.scratch[:0], d.lo, d.hi)
	if !ok {
		e := element{Values: samples{all: all[:0], lo: d.lo, hi: d.hi}}
		if err := json.Unmarshal(b, &e); err != nil {
			return err
		}
		labels, all = e.Metric, e.Values.all
	}
	if d.scratch = all; len(all) > 0 {
		d.taken = d.take(Series{Labels: labels, Samples: slices.Clone(ordered(all))})
	}
	return d.taken
}
