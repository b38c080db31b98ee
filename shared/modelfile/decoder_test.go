package modelfile

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestFieldsComeInTheOrderInWhichTheyWereAppended(t *testing.T) {
	body := AppendText(Append(nil, uint8(7), uint16(300), uint32(70_000)), "four")
	body = Append(body, []float32{1.5, -2}, [1]float64{1e300}, []uint16{0x3f80, 0xc000})
	d := NewDecoder("all", body)
	got := []any{
		d.Uint8("a", 0, 9), d.Uint16("b", 0, 300), d.Uint32("c", 70_000, 70_000), d.Text("d", 1, 4),
		d.Float32s("e", 2, -2, 2), d.Float64s("f", 1, 0, math.MaxFloat64), d.BFloat16s("g", 2, -2, 2),
	}
	want := []any{7, 300, 70_000, "four", []float32{1.5, -2}, []float64{1e300}, []float32{1, -2}}
	if err := d.End(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v, %v", got, want, err)
	}
}

func TestAFieldThatIsOutOfBoundsIsNamed(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		want string
		body []byte
		take func(d *Decoder)
	}{
		{"age must be between 1 and 9, was: 0", []byte{0}, func(d *Decoder) { d.Uint8("age", 1, 9) }},
		{"age must be between 1 and 9, was: 256", []byte{0, 1}, func(d *Decoder) { d.Uint16("age", 1, 9) }},
		{"age must be between 1 and 9, was: 65536", []byte{0, 0, 1, 0}, func(d *Decoder) { d.Uint32("age", 1, 9) }},
		{"age must have 1 bytes, had: 0", nil, func(d *Decoder) { d.Uint8("age", 1, 9) }},
		{"age must have 2 bytes, had: 1", []byte{1}, func(d *Decoder) { d.Uint16("age", 1, 9) }},
		{"age must have 4 bytes, had: 1", []byte{1}, func(d *Decoder) { d.Uint32("age", 1, 9) }},
		{"length of the word must be between 1 and 9, was: 10", []byte{10}, func(d *Decoder) { d.Text("word", 1, 9) }},
		{"word must have 2 bytes, had: 1", []byte{2, 'a'}, func(d *Decoder) { d.Text("word", 1, 9) }},
		{"rate[1] must be between 0 and 1, was: NaN", Append(nil, []float32{1, float32(nan)}), func(d *Decoder) { d.Float32s("rate", 2, 0, 1) }},
		{"rate[0] must be between 0 and 1, was: 1.5", Append(nil, 1.5), func(d *Decoder) { d.Float64s("rate", 1, 0, 1) }},
		{"rate must have 800 bytes, had: 8", Append(nil, 1.5), func(d *Decoder) { d.Float64s("rate", 100, 0, 1) }},
		{"rate[0] must be between 0 and 1, was: -2", []byte{0, 0xc0}, func(d *Decoder) { d.BFloat16s("rate", 1, 0, 1) }},
		{"must end after its last field, had 2 more bytes", []byte{1, 2, 3}, func(d *Decoder) { d.Uint8("age", 1, 9) }},
		{"left must be below right", nil, func(d *Decoder) { d.Failf("left must be below %s", "right") }},
	} {
		d := NewDecoder("toy, section x", c.body)
		c.take(d)
		if err := d.End(); !errors.Is(err, ErrFormat) || err.Error() != "invalid model file: toy, section x: "+c.want {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// After an error the fields keep within their bounds, so that a decoder that
// reads on does not trip over them.
func TestTheFirstErrorStays(t *testing.T) {
	d := NewDecoder("x", []byte{0, 5, 5, 5, 5, 5, 5, 5, 5})
	d.Uint8("first", 1, 9)
	d.Failf("second")
	if d.Uint8("a", 3, 9) != 3 || d.Uint16("b", 4, 9) != 4 || d.Uint32("c", 6, 9) != 6 || d.Text("d", 1, 9) != "" || len(d.Float32s("e", 1, 0, 1)) > 0 || d.Bytes("f", 1) != nil {
		t.Error("a field after the error was read")
	}
	if d.Err() == nil || d.Err() != d.End() || !strings.Contains(d.Err().Error(), "first") {
		t.Errorf("got %v, then %v", d.Err(), d.End())
	}
}

// A length that the bytes do not justify is refused before memory is allocated.
func TestALengthWithoutBytesCostsNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := NewDecoder("x", make([]byte, 8))
	d.Float32s("weights", math.MaxInt32/4, -1, 1)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; d.Err() == nil || used > 1<<20 {
		t.Errorf("%d bytes were allocated, %v", used, d.Err())
	}
}

func TestAValueOfNoFixedSizePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an int was appended")
		}
	}()
	Append(nil, 1)
}
