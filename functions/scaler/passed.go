package scaler

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"prewarm/shared/event"
)

// purposePassed derives the keys that sign the answers of owners.
const purposePassed = "prewarm answer to a passed batch"

// pass has the owner of a shard apply its part of a batch, and returns what the owner makes of
// it.
func (x *shards) pass(ctx context.Context, shard int, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, x.wait)
	defer cancel()
	reply, err := x.peers.Ask(ctx, x.subject(shard), body)
	if err != nil {
		return fmt.Errorf("%w: %w", errOwner, err)
	}
	return parseAnswer(x.whole.cfg.Keys, body, reply)
}

// subject is where the owner of a shard hears what other replicas pass on. Replicas with
// another number of shards have others.
func (x *shards) subject(shard int) string {
	return fmt.Sprintf("prewarm.scaler.%d.%d", x.leases.Shards(), shard)
}

// hear applies what another replica passes on, and returns the answer. A batch that panics does
// not end the process, as it does not when it comes by HTTP.
func (x *shards) hear(shard int, body []byte) (reply []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			x.whole.log.Error("a batch that was passed on panics", "cause", cause, "stack", string(debug.Stack()))
			reply = answer(x.whole.cfg.Keys, body, fmt.Errorf("%w: internal error", errOwner))
		}
	}()
	return answer(x.whole.cfg.Keys, body, x.receive(shard, body))
}

// answer is what an owner sends back for a batch: the signature of the batch and the text, and
// the text, which is a status code and words. Without the signature, anybody at NATS could say
// that a batch is applied, and it would be lost.
func answer(keys event.Keys, body []byte, err error) []byte {
	text := "200 applied"
	if err != nil {
		text = fmt.Sprintf("%d %s", statuses().Of(err), shorten(err.Error(), maxProblem))
	}
	signature := keys.Derive(purposePassed).Sign(body, []byte(text))
	return []byte(hex.EncodeToString(signature) + " " + text)
}

// parseAnswer returns the error that an answer to a batch stands for. One that cannot be read
// is an errOwner, as is a failure of the owner.
func parseAnswer(keys event.Keys, body, reply []byte) error {
	signature, text, _ := strings.Cut(string(reply), " ")
	raw, err := hex.DecodeString(signature)
	if err != nil || !keys.Derive(purposePassed).Signed(raw, body, []byte(text)) {
		return fmt.Errorf("%w: its answer is not signed: %q", errOwner, shorten(string(reply), maxProblem))
	}
	code, words, _ := strings.Cut(text, " ")
	status, err := strconv.Atoi(code)
	if err == nil && status == http.StatusOK {
		return nil
	}
	for _, s := range statuses() {
		if s.Code == status {
			return fmt.Errorf("%w: by the owner of the shard: %q", s.Err, shorten(words, maxProblem))
		}
	}
	return fmt.Errorf("%w: %q", errOwner, shorten(text, maxProblem))
}
