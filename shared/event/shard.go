package event

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"prewarm/shared/config"
)

// MaxShards bounds the key shards. Each shard has its own subjects, consumers and leases.
const MaxShards = 64

// ReadShards reads the key shards, the number of parts into which the functions are split. It
// must be the same in all functions, the connector and the external scaler.
func ReadShards(r *config.Reader) int { return r.Int("shards", 1, 1, MaxShards) }

// ShardOf returns the shard of a function (name.namespace), from 0 to shards-1:
//
//	h = FNV-1a(function) of 64 bits,  shard = (h ⊕ (h >> 32)) mod shards
//
// The lower bits of h alone depend on the lower bits of the characters alone. Replicas of
// different versions must agree on the shard, so the hash never changes.
//
// Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm", RFC 9923.
func ShardOf(function string, shards int) int {
	if shards <= 1 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(function))
	sum := h.Sum64()
	return int((sum ^ sum>>32) % uint64(shards))
}

// Subject returns the subject of the messages of a type for one of several shards, and the
// type itself if there is one shard.
func Subject(typ string, shard, shards int) string {
	if shards <= 1 {
		return typ
	}
	return typ + "." + strconv.Itoa(shard)
}

// Subjects returns the subject of a type, and of each of its shards if there are several: a
// message that was published with another number of shards is delivered too.
func Subjects(typ string, shards int) []string {
	all := []string{typ}
	for i := 0; shards > 1 && i < shards; i++ {
		all = append(all, Subject(typ, i, shards))
	}
	return all
}

// TypeOf returns the type whose messages have the subject, that of a shard included, and ""
// for any other subject.
func TypeOf(subject string) string {
	for _, typ := range []string{TypeWindows, TypeForecasts, TypeDecisions} {
		shard, found := strings.CutPrefix(subject, typ)
		if found && (shard == "" || isShard(shard)) {
			return typ
		}
	}
	return ""
}

// isShard reports whether a suffix is a dot and the number of a shard, without leading zeros.
func isShard(suffix string) bool {
	i, err := strconv.Atoi(strings.TrimPrefix(suffix, "."))
	return err == nil && i >= 0 && i < MaxShards && suffix == fmt.Sprintf(".%d", i)
}

// Split returns the forecasts by the shards of their functions. A batch has those of several if
// it was made with another number of shards.
func (f *Forecasts) Split(shards int) map[int]*Forecasts {
	if shards <= 1 {
		return map[int]*Forecasts{0: f}
	}
	parts := map[int]*Forecasts{}
	for _, one := range f.Forecasts {
		shard := ShardOf(one.Function, shards)
		if parts[shard] == nil {
			parts[shard] = &Forecasts{Model: f.Model}
		}
		parts[shard].Forecasts = append(parts[shard].Forecasts, one)
	}
	return parts
}
