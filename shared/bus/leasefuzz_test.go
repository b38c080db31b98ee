package bus

import "testing"

// FuzzLease reads any key and value of the bucket of leases. What it accepts has one form.
func FuzzLease(f *testing.F) {
	f.Add("scaler.4.3", `{"owner":"0123456789abcdef","time":"2027-01-15T08:00:00Z"}`)
	f.Add("collector.2.r-0123456789abcdef", `{"owner":"0123456789ABCDEF"}`)
	f.Add("scaler.4.4", `{"owner":"..","time":""}`)
	f.Add("a.04.1", "")
	f.Fuzz(func(t *testing.T, key, value string) {
		if k, ok := parseLeaseKey(key); ok && (k.String() != key || k.shard >= k.shards && k.replica == "") {
			t.Errorf("%q is read as %+v", key, k)
		}
		if owner, err := parseOwner([]byte(value)); err == nil && !ownerName.MatchString(owner) || err != nil && owner != "" {
			t.Errorf("%q has the owner %q, %v", value, owner, err)
		}
	})
}
