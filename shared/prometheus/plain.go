package prometheus

import (
	"bytes"
	"math"
	"strconv"
)

// plain parses series in the form in which the stores write nearly all of them, many
// times faster than encoding/json:
//
//	{"metric":{"name":"value",...},"values":[[seconds,"value"],...]}
//
// without white space, in ASCII without escapes, and with times of at most 12 digits
// before the point and 3 after it. What it accepts, encoding/json reads alike. All else is
// left to that.
type plain struct {
	rest  []byte
	texts map[string]string // names and values of labels, which occur in many series
}

// maxTexts bounds the memory of plain.texts.
const maxTexts = 4096

// series parses b. It appends the samples in (lo, hi] to all. ok is false if b has
// another form.
func (p *plain) series(b []byte, all []Sample, lo, hi int64) (labels map[string]string, _ []Sample, ok bool) {
	p.rest = b
	if labels, ok = p.labels(); !ok || !p.skip(`,"values":[`) {
		return nil, all, false
	}
	for more := !p.skip(`]`); more; more = p.skip(`,`) {
		x, ok := p.sample()
		if !ok {
			return nil, all, false
		}
		if x.T > lo && x.T <= hi && !math.IsNaN(x.V) && !math.IsInf(x.V, 0) {
			all = append(all, x)
		}
		if p.skip(`]`) {
			break
		}
	}
	return labels, all, string(p.rest) == "}"
}

// labels parses the labels with the brackets around them.
func (p *plain) labels() (map[string]string, bool) {
	if !p.skip(`{"metric":{`) {
		return nil, false
	}
	labels := make(map[string]string, 12)
	if p.skip(`}`) {
		return labels, true
	}
	for {
		name, ok := p.text()
		if !ok || !p.skip(`:`) {
			return nil, false
		}
		value, ok := p.text()
		if !ok {
			return nil, false
		}
		labels[p.intern(name)] = p.intern(value)
		if p.skip(`}`) {
			return labels, true
		}
		if !p.skip(`,`) {
			return nil, false
		}
	}
}

// text parses a string and returns what is between its quotes.
func (p *plain) text() ([]byte, bool) {
	if !p.skip(`"`) {
		return nil, false
	}
	n := bytes.IndexByte(p.rest, '"')
	if n < 0 {
		return nil, false
	}
	b := p.rest[:n]
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return nil, false
		}
	}
	p.rest = p.rest[n+1:]
	return b, true
}

// intern returns b as a string, which it shares with other series if it can.
func (p *plain) intern(b []byte) string {
	if s, ok := p.texts[string(b)]; ok {
		return s
	}
	if len(p.texts) >= maxTexts {
		clear(p.texts)
	}
	s := string(b)
	p.texts[s] = s
	return s
}

// sample parses [seconds,"value"].
func (p *plain) sample() (x Sample, ok bool) {
	if !p.skip(`[`) {
		return x, false
	}
	if x.T, ok = p.millis(); !ok || !p.skip(`,`) {
		return x, false
	}
	text, ok := p.text()
	if !ok || !p.skip(`]`) {
		return x, false
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return Sample{T: x.T, V: v}, err == nil
}

// millis parses seconds. The result is that of rounding the number, since the digits are
// fewer than those of a float64.
func (p *plain) millis() (ms int64, ok bool) {
	whole, n := p.digits()
	if n == 0 || n > 12 || n > 1 && whole < pow10[n-1] {
		return 0, false // also a zero in front, which is not JSON
	}
	if !p.skip(`.`) {
		return whole * 1000, true
	}
	fraction, n := p.digits()
	if n == 0 || n > 3 {
		return 0, false
	}
	return whole*1000 + fraction*pow10[3-n], true
}

var pow10 = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11}

// digits parses up to 13 digits and returns their number.
func (p *plain) digits() (v int64, n int) {
	for n < len(p.rest) && n < 13 && p.rest[n] >= '0' && p.rest[n] <= '9' {
		v = 10*v + int64(p.rest[n]-'0')
		n++
	}
	p.rest = p.rest[n:]
	return v, n
}

// skip removes a prefix, and reports whether it was there.
func (p *plain) skip(prefix string) bool {
	if len(p.rest) < len(prefix) || string(p.rest[:len(prefix)]) != prefix {
		return false
	}
	p.rest = p.rest[len(prefix):]
	return true
}
