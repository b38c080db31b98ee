package prometheus_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	prom "prewarm/shared/prometheus"
)

// serve starts a store with a handler and returns the error of one query, and the number of
// series that were passed before.
func serve(t *testing.T, handler http.HandlerFunc) (series int, err error) {
	t.Helper()
	srv := httptest.NewServer(handler)
	defer srv.Close()
	all, err := query(context.Background(), prom.Config{URL: srv.URL})
	return len(all), err
}

const one = `{"metric":{"f":"a"},"values":[[1001,"1"]]}`

// A proxy answers with the page of its login, a store with its user interface.
func TestAPageIsNotAnAnswer(t *testing.T) {
	for _, page := range []string{"<!DOCTYPE html><title>Sign in</title>", "\ufeff\n  <html>\n" + strings.Repeat("x", 1000)} {
		_, err := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, page) })
		if !errors.Is(err, prom.ErrMalformed) || !strings.Contains(err.Error(), "page of HTML") || !strings.Contains(err.Error(), "prometheus_url") {
			t.Errorf("got %v", err)
		}
	}
}

func TestARefusalNamesTheSettingToCheck(t *testing.T) {
	for code, want := range map[int]string{
		401: `401 Unauthorized: "no org id"; check the credentials of the store, and the tenant in prometheus_headers`,
		403: "prometheus_headers",
		404: `404 Not Found: "no org id"; check the path in prometheus_url`,
		405: "check the path in prometheus_url",
		500: `500 Internal Server Error: "no org id"`,
	} {
		_, err := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no org id", code) })
		if !errors.Is(err, prom.ErrStatus) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A store dies in the middle of its answer. It has announced the length of the answer, or
// sends chunks.
func TestAnAnswerThatIsCutOffIsAnError(t *testing.T) {
	body := matrix(one + "," + one)
	for name, length := range map[string]string{"length": fmt.Sprint(len(body)), "chunks": ""} {
		series, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			io.WriteString(w, body[:len(body)-10])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		if series != 1 || !errors.Is(err, prom.ErrMalformed) || !strings.Contains(err.Error(), fmt.Sprintf("ends after %d bytes, before it is complete", len(body)-10)) {
			t.Errorf("%s: got %d series, %v", name, series, err)
		}
	}
}

func TestACompressedAnswerIsRead(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	io.WriteString(zip, matrix(one))
	zip.Close()
	damaged := bytes.Clone(packed.Bytes())
	damaged[len(damaged)-8] ^= 1 // the checksum
	for _, c := range []struct {
		name, want string
		body       []byte
	}{
		{"whole", "", packed.Bytes()},
		{"damaged", "gzip: invalid checksum", damaged},
		{"cut off", "before it is complete", packed.Bytes()[:packed.Len()-10]},
		{"not compressed", "gzip: invalid header", []byte(matrix(one))},
	} {
		_, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				t.Error("the client must accept gzip")
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(c.body)
		})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// The bound holds for what a compressed answer expands to.
func TestTheBoundIsThatOfTheExpandedAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		io.WriteString(zip, matrix(strings.Repeat(one+",", 10_000)+one))
		zip.Close()
	}))
	defer srv.Close()
	_, err := query(context.Background(), prom.Config{URL: srv.URL, MaxBody: 100_000})
	if !errors.Is(err, prom.ErrTooLarge) || !strings.Contains(err.Error(), "at most 100000 bytes") {
		t.Errorf("got %v", err)
	}
}

// A slow store sends each byte as a chunk of its own.
func TestAnAnswerInManyChunksIsRead(t *testing.T) {
	series, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for _, b := range []byte(matrix(one + " , " + one)) {
			w.Write([]byte{b})
			w.(http.Flusher).Flush()
		}
	})
	if series != 2 || err != nil {
		t.Errorf("got %d series, %v", series, err)
	}
}
