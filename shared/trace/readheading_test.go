package trace_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"prewarm/shared/trace"
)

// TestAHeadingIsTheSameHoweverItIsWritten: plainly, by R or a spreadsheet that
// quotes all, with the byte order mark of Excel, with lines of Windows, and from a
// reader that gives a byte at a time.
func TestAHeadingIsTheSameHoweverItIsWritten(t *testing.T) {
	for _, text := range []string{
		"fn,1,2\na,0,7\n", "\"fn\",\"1\",\"2\"\n\"a\",0,7\n", "\ufefffn,1,2\na,0,7\n", "\ufeff\"fn\",\"1\",\"2\"\r\na,0,7\r\n",
	} {
		heading, rows, err := trace.ReadHeading(iotest.OneByteReader(strings.NewReader(text)))
		if err != nil || !slices.Equal(heading, []string{"fn", "1", "2"}) {
			t.Errorf("%q: heading %q, %v", text, heading, err)
			continue
		}
		row, err := rows.Read()
		if line, _ := rows.FieldPos(0); err != nil || line != 2 || !slices.Equal(row, []string{"a", "0", "7"}) {
			t.Errorf("%q: row %q in line %d, %v", text, row, line, err)
		}
	}
}

func TestOnlyTheFirstMarkIsLeftOut(t *testing.T) {
	heading, _, err := trace.ReadHeading(strings.NewReader("\ufeff\ufefffn,\ufeff1\n"))
	if err != nil || !slices.Equal(heading, []string{"\ufefffn", "\ufeff1"}) {
		t.Errorf("heading %q, %v", heading, err)
	}
}

func TestHalfAMarkIsText(t *testing.T) {
	heading, _, err := trace.ReadHeading(strings.NewReader("\xef\xbb"))
	if err != nil || !slices.Equal(heading, []string{"\xef\xbb"}) {
		t.Errorf("heading %q, %v", heading, err)
	}
}

func TestAFileWithoutHeading(t *testing.T) {
	for _, text := range []string{"", "\n\n", "\ufeff"} {
		if heading, _, err := trace.ReadHeading(strings.NewReader(text)); err != io.EOF {
			t.Errorf("%q: heading %q, %v", text, heading, err)
		}
	}
	broken := errors.New("no disk")
	if _, _, err := trace.ReadHeading(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestAHeadingThatIsCutOffHasWhatCameBefore: as the first bytes of a file may be.
func TestAHeadingThatIsCutOffHasWhatCameBefore(t *testing.T) {
	heading, _, err := trace.ReadHeading(strings.NewReader(`"fn","1","2`))
	if err == nil || len(heading) < 2 || !slices.Equal(heading[:2], []string{"fn", "1"}) {
		t.Errorf("heading %q, %v", heading, err)
	}
}

// FuzzRead: a mark changes nothing of a text that is neither packed nor UTF-16.
func FuzzRead(f *testing.F) {
	f.Add("fn,1\na,2\n")
	f.Add("\"a\"\"b\",\"\n\",c")
	f.Add("\xef\xbb\xbe\"")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "\ufeff") || strings.ContainsAny(text[:min(len(text), 4)], "\x00\x1f") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
			return
		}
		plain, _, err := trace.ReadHeading(strings.NewReader(text))
		marked, _, markedErr := trace.ReadHeading(strings.NewReader("\ufeff" + text))
		if !slices.Equal(plain, marked) || (err == nil) != (markedErr == nil) {
			t.Errorf("%q has heading %q, %v; after a mark %q, %v", text, plain, err, marked, markedErr)
		}
	})
}
