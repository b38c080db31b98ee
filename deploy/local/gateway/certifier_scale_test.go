package gateway

import (
	"context"
	"net/http"
	"testing"
)

func TestCertifierScaleMinimum(t *testing.T) {
	f := certify(t, hello(labelMin, "2"))
	f.wantReplicas("hello", "deployed", 2)
}

// No label is needed: any function can be scaled to zero, and a call brings it back.
func TestCertifierScaleFromZeroDuringInvoke(t *testing.T) {
	f := certify(t, hello())
	if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 0); err != nil {
		t.Fatal(err)
	}
	f.awaitReady("hello", 0)
	if got := f.call(http.MethodPost, "/function/hello", "x"); got.code != http.StatusOK || got.body != "x" {
		t.Errorf("the call was answered with %d %q", got.code, got.body)
	}
	f.awaitReady("hello", 1)
}

func TestCertifierScaleUpAndDown(t *testing.T) {
	f := certify(t, hello(labelMin, "1", labelMax, "2"))
	f.alert("firing", "hello.openfaas-fn")
	f.awaitReady("hello", 2)
	f.alert("resolved", "hello.openfaas-fn")
	f.awaitReady("hello", 1)
}

// As documented, equal bounds switch the autoscaling off.
func TestCertifierScalingIsDisabledByLabels(t *testing.T) {
	f := certify(t, hello(labelMin, "2", labelMax, "2"))
	for range 20 {
		f.call(http.MethodPost, "/function/hello", "")
	}
	for _, status := range []string{"firing", "firing", "resolved"} {
		f.alert(status, "hello.openfaas-fn")
		f.wantReplicas("hello", status, 2)
	}
}
