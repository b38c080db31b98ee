package bus_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// A message is published twice, as after an answer that was lost, and stored once. A
// follower reads what is stored and then waits for more, until its context ends.
func Example() {
	dir, err := os.MkdirTemp("", "bus-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		panic(err)
	}
	go srv.Start()
	defer srv.Shutdown()
	srv.ReadyForConnections(10 * time.Second)

	b, err := bus.Connect(bus.Config{URL: srv.ClientURL(), Timeout: 5 * time.Second, DecisionsAge: time.Hour, DecisionsSize: 1 << 20})
	if err != nil {
		panic(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, id := range []string{"first", "first", "last"} {
		if err := b.Publish(ctx, event.Envelope{Type: event.TypeDecisions, ID: id}, []byte("the body of "+id)); err != nil {
			panic(err)
		}
	}
	err = b.Follow(ctx, event.TypeDecisions, time.Hour, func(body []byte) {
		fmt.Println(string(body))
		if string(body) == "the body of last" {
			cancel()
		}
	})
	fmt.Println(err)
	// Output:
	// the body of first
	// the body of last
	// context canceled
}
