package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
)

// schema is the part of JSON Schema that openapi.json uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	OneOf      []*schema          `json:"oneOf"`
}

// description is the part of openapi.json that the tests read.
type description struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema *schema }
		}
	}
	Components struct{ Schemas map[string]*schema }
}

func describe(t *testing.T) description {
	t.Helper()
	var doc description
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// mismatch returns how a value differs from its schema, empty if it does not. at is
// the path of the value.
func (doc description) mismatch(at string, s *schema, value any) string {
	if name, isRef := strings.CutPrefix(s.Ref, "#/components/schemas/"); isRef {
		s = doc.Components.Schemas[name]
		if s == nil {
			return at + ": no schema " + name
		}
	}
	if len(s.OneOf) > 0 {
		for _, one := range s.OneOf {
			if doc.mismatch(at, one, value) == "" {
				return ""
			}
		}
		return fmt.Sprintf("%s: has none of the schemas: %.200v", at, value)
	}
	if !slices.Contains(kindsOf(s.Type), kindOf(value)) && !(kindOf(value) == "integer" && slices.Contains(kindsOf(s.Type), "number")) {
		return fmt.Sprintf("%s: must be %v, was: %s", at, s.Type, kindOf(value))
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if text := doc.mismatch(fmt.Sprintf("%s[%d]", at, i), s.Items, item); text != "" {
				return text
			}
		}
	case map[string]any:
		return doc.object(at, s, v)
	}
	return ""
}

func (doc description) object(at string, s *schema, v map[string]any) string {
	if s.Properties == nil {
		return ""
	}
	for _, key := range s.Required {
		if _, there := v[key]; !there {
			return at + "." + key + ": is missing"
		}
	}
	for key, item := range v {
		if s.Properties[key] == nil {
			return at + "." + key + ": is not described"
		}
		if text := doc.mismatch(at+"."+key, s.Properties[key], item); text != "" {
			return text
		}
	}
	return ""
}

func kindsOf(t any) []string {
	if one, ok := t.(string); ok {
		return []string{one}
	}
	var out []string
	for _, one := range t.([]any) {
		out = append(out, one.(string))
	}
	return out
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
	}
	return "number"
}

func TestTheDescriptionHasExactlyTheRoutes(t *testing.T) {
	d, doc := newFake(t, &fakeSource{}), describe(t)
	for route := range d.handlers() {
		method, path, _ := strings.Cut(route, " ")
		if strings.HasPrefix(path, "/api/") && doc.Paths[path][strings.ToLower(method)].Responses == nil {
			t.Errorf("%s is not described", route)
		}
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if d.handlers()[strings.ToUpper(method)+" "+path] == nil {
				t.Errorf("%s %s is described and not served", method, path)
			}
		}
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	source := &fakeSource{}
	d, doc := newFake(t, source), describe(t)
	doc.mustDescribe(t, "/api/status", get(d, "/api/status")) // without notices
	feed(t, d, "shop.ns", "mail.ns")
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{decision("quiet.ns", origin)}})
	replay(d, "shop.ns", 30)
	lagging(d, "late.ns")
	fought(d, "fought.ns")
	d.view.SetModes(map[string]event.Mode{"shop.ns": {Function: "shop.ns", Mode: "off", By: "token", Time: d.now()}})
	d.cfg.Price, d.cfg.Currency = 1.7e-5, "EUR"
	source.paused = true
	for target, path := range map[string]string{
		"/api/overview": "", "/api/functions": "", "/api/functions?function=shop.ns": "/api/functions", "/api/function?function=shop.ns": "/api/function",
		"/api/function?function=fought.ns": "/api/function",
		"/api/functions?function=late.ns":  "/api/functions", "/api/function?function=late.ns": "/api/function",
		"/api/decisions": "", "/api/savings": "", "/api/savings?range=hour": "/api/savings", "/api/quality": "", "/api/alerts": "", "/api/status": "",
		"/api/session": "", "/api/modes": "", "/api/openapi.json": "",
	} {
		if path == "" {
			path = target
		}
		doc.mustDescribe(t, path, get(d, target))
	}
	source.paused = false
	doc.mustDescribe(t, "/api/status", get(d, "/api/status"))
	source.switchError = errors.New("no stream")
	doc.mustDescribe(t, "/api/status", get(d, "/api/status"))
}

// mustDescribe fails if an answer is not 200 with the described JSON.
func (doc description) mustDescribe(t *testing.T, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	var value any
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %v", path, w.Code, err)
	}
	if text := doc.mismatch(path, doc.Paths[path]["get"].Responses["200"].Content["application/json"].Schema, value); text != "" {
		t.Error(text)
	}
}
