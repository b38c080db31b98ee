package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
)

// answer writes a small value as JSON.
func answer(w http.ResponseWriter, value any) {
	// Encoded as a whole before the first byte is written; an error can still change
	// the status.
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the answer could not be encoded")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// answerList writes an object that ends with a list; see writeList. If that fails, it cuts the
// connection: the client must not take a part of the list for the whole.
func answerList[T any](w http.ResponseWriter, head any, field string, rows iter.Seq[T]) {
	w.Header().Set("Content-Type", "application/json")
	if err := writeList(w, head, field, rows); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// writeList writes the fields of head, an object in JSON, and one more field with a list. It
// encodes row by row, so that it holds one row at a time.
func writeList[T any](w io.Writer, head any, field string, rows iter.Seq[T]) error {
	body, err := json.Marshal(head)
	if err != nil {
		return err
	}
	body = bytes.TrimSuffix(body, []byte("}"))
	comma := ","
	if len(body) == len("{") {
		comma = ""
	}
	if _, err := fmt.Fprintf(w, "%s%s%q:[", body, comma, field); err != nil {
		return err
	}
	comma = ""
	for row := range rows {
		body, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", comma, body); err != nil {
			return err
		}
		comma = ","
	}
	_, err = io.WriteString(w, "]}")
	return err
}

// mapped passes on what convert makes of each item.
func mapped[T, U any](items iter.Seq[T], convert func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for item := range items {
			if !yield(convert(item)) {
				return
			}
		}
	}
}

// refuse writes an error as JSON: {"error": text}.
func refuse(w http.ResponseWriter, status int, text string) {
	body, _ := json.Marshal(map[string]string{"error": text})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
