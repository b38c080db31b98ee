package prometheus

import (
	"bytes"
	"io"
	"math"
)

// EachIn decodes an answer without the cut to a range.
func EachIn(body io.Reader, take func(Series) error) error {
	return decode(scanner{r: body, max: DefaultMaxBody, maxValue: DefaultMaxSeries}, math.MinInt64, math.MaxInt64, take)
}

// Decode decodes an answer without the cut to a range.
func Decode(body []byte) ([]Series, error) {
	var all []Series
	err := EachIn(bytes.NewReader(body), func(s Series) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// Selector is the selector of a query.
var Selector = selector

// Refusal is the error of an answer that is not a success.
var Refusal = readRefusal
