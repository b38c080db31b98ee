package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// LeasesBucket is the key-value bucket with the leases of shards, if there are several. The key
// of a lease is part.shards.shard, such as scaler.4.0, that of a replica part.shards.r-name.
// The values are signed by nobody: whoever may write to NATS can stop the chain in other ways.
const LeasesBucket = "prewarm_leases"

const (
	leasesSize = 4 << 20 // bytes
	leasesAge  = 5 * time.Minute
	maxLease   = 256 // bytes of a value
)

// Bounds of LeaseLength.
const (
	minLength = 3 * time.Second
	maxLength = 30 * time.Second
)

// LeaseLength returns the length of the leases at a step: half of it, within bounds. A shard
// whose owner is silent has another owner after 5/3 of the length at most, which is 5/6 of a
// step of 6 s to a minute.
func LeaseLength(step time.Duration) time.Duration { return min(max(step/2, minLength), maxLength) }

// ErrNotOwner means that this replica may not act for a shard: another one does, or none.
var ErrNotOwner = errors.New("bus: this replica does not own the shard")

// leasesConfig returns the configuration of the bucket. What nobody renews vanishes.
func leasesConfig(replicas int) jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket: LeasesBucket, History: 1, TTL: leasesAge, MaxBytes: leasesSize, MaxValueSize: maxLease, Replicas: replicas,
	}
}

// leaseValue is the value of a lease and of a replica.
type leaseValue struct {
	Owner string    `json:"owner"` // random name of a replica
	Time  time.Time `json:"time"`  // by the owner's clock: for people, no program reads it
}

// ownerName is the form of the random name of a replica.
var ownerName = regexp.MustCompile(`^[0-9a-f]{16}$`)

// parseOwner returns the owner that a value names.
func parseOwner(value []byte) (string, error) {
	var v leaseValue
	if len(value) > maxLease {
		return "", fmt.Errorf("a lease must have at most %d bytes, had: %d", maxLease, len(value))
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return "", fmt.Errorf("a lease must be JSON: %w", err)
	}
	if !ownerName.MatchString(v.Owner) {
		return "", fmt.Errorf("the owner of a lease must have 16 hexadecimal digits, was: %.40q", v.Owner)
	}
	return v.Owner, nil
}

// leaseKey is what the key of the bucket names.
type leaseKey struct {
	part    string
	shards  int
	shard   int    // -1 for the key of a replica
	replica string // "" for the key of a lease
}

// String returns the key of the bucket.
func (k leaseKey) String() string {
	if k.replica != "" {
		return fmt.Sprintf("%s.%d.r-%s", k.part, k.shards, k.replica)
	}
	return fmt.Sprintf("%s.%d.%d", k.part, k.shards, k.shard)
}

// parseLeaseKey reads what String writes, and nothing else.
func parseLeaseKey(key string) (leaseKey, bool) {
	fields := strings.Split(key, ".")
	if len(fields) != 3 {
		return leaseKey{}, false
	}
	k := leaseKey{part: fields[0], shard: -1}
	k.shards, _ = strconv.Atoi(fields[1])
	if name, is := strings.CutPrefix(fields[2], "r-"); is {
		k.replica = name
		return k, ownerName.MatchString(name) && k.String() == key
	}
	k.shard, _ = strconv.Atoi(fields[2])
	return k, k.shard >= 0 && k.shard < k.shards && k.String() == key
}
