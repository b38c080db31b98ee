package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// The streams of the chain, and the functions that write them.
var chain = []struct{ stream, subject, function string }{
	{bus.StreamWindows, event.TypeWindows, "collector"},
	{bus.StreamForecasts, event.TypeForecasts, "predictor"},
	{bus.StreamDecisions, event.TypeDecisions, "scaler"},
}

// connectPoll is the interval of the polls that wait for a connection.
const connectPoll = 20 * time.Millisecond

// checkNATS checks the connection, the streams and the keys of their messages.
func (d *doctor) checkNATS(ctx context.Context) {
	const do = "set --nats to the address that nats_url of the functions has, or a port-forward of it: kubectl -n openfaas port-forward svc/nats 4222; the secrets nats-user and nats-password in --secrets"
	if d.cfg.NATS == nil {
		if d.noNATS {
			return // the notice of the dashboard has said so
		}
		d.skip("nats", "no address is given; the dashboard reads the pause switch in NATS", "set --nats to check the streams and the keys")
		return
	}
	cfg := *d.cfg.NATS
	cfg.Name, cfg.Keys, cfg.Log = "prewarm-doctor", d.cfg.Keys, slog.New(slog.DiscardHandler)
	b, err := bus.Connect(cfg)
	if err == nil {
		defer b.Close()
		err = await(ctx, b, cfg.Timeout)
	}
	if err != nil {
		d.find("nats", fmt.Sprintf("%s does not answer: %v", redacted(cfg.URL), err), do)
		return
	}
	d.ok("nats", redacted(cfg.URL)+" answers")
	d.checkStreams(ctx, b)
}

// await waits for the connection.
func await(ctx context.Context, b *bus.Bus, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := b.Health(ctx)
		if err == nil || errors.Is(err, bus.ErrForeignStream) { // checkStreams tells which
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(connectPoll):
		}
	}
}

// redacted returns addresses without user and password: a user alone is a token.
func redacted(list string) string {
	var out []string
	for address := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(address)
		if err != nil {
			return "NATS"
		}
		u.User = nil
		out = append(out, u.String())
	}
	return strings.Join(out, ",")
}

// checkStreams checks that each stream of the chain is there and is its own.
func (d *doctor) checkStreams(ctx context.Context, b *bus.Bus) {
	var ages []string
	read := map[string]*jetstream.RawStreamMsg{}
	fine := true
	for _, part := range chain {
		age, last, err := d.checkStream(ctx, b.JetStream(), part.stream, part.subject)
		if err != nil {
			fine = false
			d.explainStream(part.stream, part.function, err)
			continue
		}
		ages = append(ages, part.stream+" "+age)
		read[part.stream] = last
	}
	if fine {
		d.ok("streams", "newest messages: "+strings.Join(ages, ", "))
	}
	d.checkKeys(read)
}

// checkStream returns the newest message of a stream, nil if it is empty, and its age.
func (d *doctor) checkStream(ctx context.Context, js jetstream.JetStream, name, subject string) (age string, last *jetstream.RawStreamMsg, err error) {
	if err := bus.CheckStream(ctx, js, subject); err != nil {
		return "", nil, err
	}
	asked := d.cfg.Now()
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return "", nil, err
	}
	info := stream.CachedInfo()
	if !info.TimeStamp.IsZero() {
		answered := d.cfg.Now()
		d.note(clock{name: "nats", apart: info.TimeStamp.Sub(asked.Add(answered.Sub(asked) / 2)), within: answered.Sub(asked) / 2})
	}
	if info.State.Msgs == 0 {
		return "none", nil, nil
	}
	last, err = stream.GetMsg(ctx, info.State.LastSeq)
	return d.now("nats").Sub(info.State.LastTime).Round(time.Second).String() + " ago", last, err
}

// explainStream reports why a stream cannot be used.
func (d *doctor) explainStream(stream, function string, err error) {
	switch {
	case errors.Is(err, bus.ErrForeignStream):
		d.find("streams", err.Error(), "do what the text says, then restart the functions")
	case errors.Is(err, jetstream.ErrStreamNotFound):
		d.find("streams", "the stream "+stream+" is missing", "the functions create it as soon as they run with JetStream: faas-cli logs "+function+"; nats server report jetstream")
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		d.find("streams", "NATS runs without JetStream", "start it with --jetstream and a disk, see deploy/kubernetes/base")
	default:
		d.find("streams", "the stream "+stream+" cannot be read: "+err.Error(), "check that JetStream answers: nats stream ls")
	}
}
