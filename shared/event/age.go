package event

import (
	"errors"
	"fmt"
	"time"
)

// ErrStale means that windows or forecasts are too old to act on, or lie ahead of now.
var ErrStale = errors.New("event: not current")

// MaxAge bounds the age of windows and forecasts, however long a step is. It is half of the
// time for which the scaler knows what was decided, so that no forecast is applied twice.
const MaxAge = 30 * time.Minute

// MaxAgeSteps is the largest maxSteps of CheckAge.
const MaxAgeSteps = 60

// CheckAge returns an error that wraps ErrStale unless windows that end at step, or forecasts
// that begin there (Unix seconds), are current: at most maxSteps steps and MaxAge old, and not
// further ahead of now than Ahead.
func CheckAge(now time.Time, step int64, stepSeconds, maxSteps int) error {
	oldest, ahead := steps(maxSteps, stepSeconds), Ahead(stepSeconds)
	if age := now.Sub(time.Unix(step, 0)); age > oldest || age < -ahead {
		return fmt.Errorf("%w: age must be between %v and %v, was: %v", ErrStale, -ahead, oldest, age.Round(time.Second))
	}
	return nil
}

// Ahead is how far ahead of now windows may end and forecasts may begin, since the clocks of
// sender and receiver differ: one step, MaxAge at most.
func Ahead(stepSeconds int) time.Duration { return steps(1, stepSeconds) }

// steps returns the duration of n steps, MaxAge at most.
func steps(n, stepSeconds int) time.Duration {
	if longest := int(MaxAge / time.Second); n > longest || stepSeconds > longest { // the product may overflow
		return MaxAge
	}
	return min(time.Duration(n*stepSeconds)*time.Second, MaxAge)
}
