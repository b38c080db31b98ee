package gateway

import (
	"context"
	"testing"

	"prewarm/shared/openfaas"
)

// The suite finds out which edition it runs on as on a cluster.
func TestTheSuiteTellsTheEditionsApart(t *testing.T) {
	for _, edition := range Editions() {
		f := start(t, func(o *Options) { o.Edition = edition })
		c, err := openfaas.New(openfaas.Config{URL: "http://" + f.Addr(), User: testUser, Password: testPassword})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Edition(context.Background())
		if err != nil || string(got) != string(edition) {
			t.Errorf("edition %s is taken for %q: %v", edition, got, err)
		}
		info, err := f.client.GetInfo(context.Background())
		if err != nil || info.Provider.Version.Release == "" || info.Provider.Version.SHA == "" {
			t.Errorf("%s: %+v %v", edition, info, err)
		}
	}
}
