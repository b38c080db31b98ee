package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxBody bounds an answer in bytes: a list of ten thousand functions.
const maxBody = 64 << 20

// ask sends a GET and decodes the answer as JSON into v, unless v is nil. It notes the clock of
// the server.
func (d *doctor) ask(ctx context.Context, name string, client *http.Client, address string, prepare func(*http.Request), v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	prepare(req)
	asked := d.cfg.Now()
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	d.noteDate(name, res.Header.Get("Date"), asked)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("status %d: %.200q", res.StatusCode, body)
	case len(body) > maxBody:
		return fmt.Errorf("the answer must have at most %d bytes", maxBody)
	case v == nil:
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("the answer is not the expected JSON: %w", err)
	}
	return nil
}

// noteDate notes the clock of a server by the header Date of an answer, which has whole
// seconds.
func (d *doctor) noteDate(name, date string, asked time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	answered := d.cfg.Now()
	middle := asked.Add(answered.Sub(asked) / 2)
	d.note(clock{name: name, apart: at.Add(500 * time.Millisecond).Sub(middle), within: time.Second/2 + answered.Sub(asked)/2})
}
