package serve

import (
	"net"
	"net/http"
	"time"
)

// sendBuffer is what the kernel holds of an answer that a client does not read, in bytes. By
// default it holds megabytes, which count as memory of the container, and a function would see
// late that a client takes nothing. The kernel doubles the number, for its own data.
//
// Source: socket(7) of the Linux manual pages, SO_SNDBUF.
const sendBuffer = 64 << 10

// prepareStream prepares a connection of a function that streams and sets the deadlines of its
// writes: each request begins without the deadline of the one before it.
func prepareStream(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(sendBuffer) // the system may refuse it, and keeps its own
		}
	case http.StateActive:
		_ = c.SetWriteDeadline(time.Time{})
	}
}
