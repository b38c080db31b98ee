package prometheus

import (
	"bytes"
	"math"
)

// Decode decodes an answer without the cut to a range.
func Decode(body []byte) ([]Series, error) {
	var all []Series
	b := &bounded{r: bytes.NewReader(body), max: DefaultMaxBody, maxValue: DefaultMaxSeries}
	err := decode(b, math.MinInt64, math.MaxInt64, func(s Series) error {
		all = append(all, s)
		return nil
	})
	return all, err
}
