package api

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxAnswer bounds an answer in bytes: 10,000 functions with 180 steps each.
const maxAnswer = 64 << 20

// maxRefusal bounds the begin of a refusal that is read, in bytes.
const maxRefusal = 4 << 10

// decode reads an answer as one JSON value.
func decode(res *http.Response, into any) error {
	if kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("Content-Type must be application/json, was: %.100q: something else than the dashboard answers at this address", res.Header.Get("Content-Type"))
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("the answer must have at most %d bytes", maxAnswer)
	}
	return Decode(text, into)
}

// Decode decodes the text of an answer and checks it. A part of an answer is an error: a
// connection may break off before its end.
func Decode(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("must be one JSON value, of %d bytes: %w", len(text), err)
	}
	if v, ok := into.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// refusal returns the error of an answer that is not 200. The dashboard answers with JSON;
// anything else comes from the gateway or a proxy.
func refusal(address string, res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal)) // the status counts
	var said struct{ Error string }
	own := json.Unmarshal(text, &said) == nil && said.Error != ""
	switch {
	case own && res.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%w: %.200s", ErrSignIn, said.Error)
	case own && res.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %.200s", ErrNotFound, said.Error)
	case own:
		return fmt.Errorf("dashboard: status %d: %.200s", res.StatusCode, said.Error)
	case res.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %s answers 404: check the address of the gateway, and that the function dashboard is deployed (faas-cli list)", ErrAnswer, address)
	}
	return fmt.Errorf("%w: %s answers %d: %.200q", ErrAnswer, address, res.StatusCode, strings.TrimSpace(string(text)))
}
