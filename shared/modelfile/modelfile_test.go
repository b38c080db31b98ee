package modelfile

import (
	"bytes"
	"strings"
	"testing"
)

var prefix = Prefix{Magic: "PWTEST", Version: 3, Fields: 4}

func TestWhatWasSealedIsOpened(t *testing.T) {
	file := append(prefix.Seal([]byte("abcd")), "the rest"...)
	fields, rest, err := prefix.Open(file)
	if err != nil || string(fields) != "abcd" || string(rest) != "the rest" {
		t.Errorf("fields %q, rest %q, %v", fields, rest, err)
	}
}

func TestAFaultIsNamed(t *testing.T) {
	good := prefix.Seal([]byte("abcd"))
	for want, spoil := range map[string]func(file []byte) []byte{
		"prefix must have 16 bytes, had: 15":    func(f []byte) []byte { return f[:15] },
		`magic must be "PWTEST", was: "QWTEST"`: func(f []byte) []byte { f[0] = 'Q'; return f },
		"version must be 3, was: 4":             func(f []byte) []byte { f[6] = 4; return f },
		"checksum of the prefix must be":        func(f []byte) []byte { f[8] ^= 1; return f },
	} {
		if _, _, err := prefix.Open(spoil(bytes.Clone(good))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(prefix.Seal([]byte("abcd")))
	f.Add([]byte("PWTEST"))
	f.Fuzz(func(t *testing.T, file []byte) {
		fields, rest, err := prefix.Open(file)
		if err == nil && !bytes.Equal(append(prefix.Seal(fields), rest...), file) {
			t.Error("what was opened is not what was sealed")
		}
	})
}
