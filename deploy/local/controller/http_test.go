package controller

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/openfaas/go-sdk"
)

// serve answers every request with status and body, and keeps the last request.
func serve(t *testing.T, status int, body string) (base string, last *string) {
	last = new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		*last = r.Method + " " + r.URL.Path + " " + string(sent)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, last
}

func storeAt(base string) HTTPStore {
	return HTTPStore{URL: func() string { return base }, Client: http.DefaultClient}
}

func TestAQueryReturnsValuesByFunction(t *testing.T) {
	base, last := serve(t, http.StatusOK, `{"status":"success","data":{"resultType":"vector","result":[
		{"metric":{"function_name":"a.fn"},"value":[1,"2.5"]},{"metric":{"function_name":"b.fn"},"value":[1,"0"]}]}}`)
	got, err := storeAt(base).ByFunction(t.Context(), "rate(x[1s])")
	if err != nil || !reflect.DeepEqual(got, map[string]float64{"a.fn": 2.5, "b.fn": 0}) {
		t.Errorf("got %v, %v", got, err)
	}
	if want := "POST /api/v1/query query=rate%28x%5B1s%5D%29"; *last != want {
		t.Errorf("sent %q, want %q", *last, want)
	}
}

func TestAnAnswerThatIsNoVectorOfFunctionsIsAnError(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"resultType":"matrix","result":[]}}`: "must be a vector",
		`<html>`: "the store's answer",
		`{"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}`:                       "finite values of functions",
		`{"data":{"resultType":"vector","result":[{"metric":{"function_name":"a"},"value":[1,"NaN"]}]}}`:  "finite values of functions",
		`{"data":{"resultType":"vector","result":[{"metric":{"function_name":"a"},"value":[1,"+Inf"]}]}}`: "finite values of functions",
	} {
		base, _ := serve(t, http.StatusOK, body)
		if _, err := storeAt(base).ByFunction(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", body, err)
		}
	}
	base, _ := serve(t, http.StatusUnprocessableEntity, "too many series")
	if _, err := storeAt(base).ByFunction(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "too many series") {
		t.Errorf("refused: got %v", err)
	}
}

func FuzzDecodeVector(f *testing.F) {
	f.Add([]byte(`{"data":{"resultType":"vector","result":[{"metric":{"function_name":"a"},"value":[1,"2"]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		vector, err := decodeVector(body)
		if err != nil {
			return
		}
		values, err := byFunction(vector)
		for name, v := range values {
			if err == nil && (name == "" || v != v) {
				t.Errorf("accepted %v of %q", v, name)
			}
		}
	})
}

func TestTheGatewayIsListedAndScaled(t *testing.T) {
	base, _ := serve(t, http.StatusOK, `[{"name":"hello","replicas":3,"availableReplicas":2,"invocationCount":7,
		"labels":{"com.openfaas.scale.zero":"true"}},{"name":"bare","replicas":18446744073709551615}]`)
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	api := API{Client: sdk.NewClient(address, nil, http.DefaultClient), Namespace: "fn", Controller: "idler", Log: slog.New(slog.DiscardHandler)}
	got, err := api.List(t.Context())
	want := []Function{
		{Name: "hello.fn", Replicas: 3, Ready: 2, Calls: 7, Labels: map[string]string{"com.openfaas.scale.zero": "true"}},
		{Name: "bare.fn", Replicas: maxReplicas},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	base, last := serve(t, http.StatusAccepted, "")
	address.Host = strings.TrimPrefix(base, "http://")
	api.Client = sdk.NewClient(address, nil, http.DefaultClient)
	if err := api.Scale(t.Context(), got[0], 0); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(*last, "POST /system/scale-function/hello ") || !strings.Contains(*last, `"replicas":0`) {
		t.Errorf("sent %q", *last)
	}
}
