#!/bin/sh
# Liveness of a NATS server with JetStream. It fails, so that Kubernetes restarts the
# server, if the server does not answer, or if JetStream cannot write although there is
# room again: after a full disk a stream keeps its first write error until a restart, and
# publishers get no answer. While the disk is full a restart would not help: the probe
# succeeds, and the server logs the error at each readiness probe.
#
# /healthz?js-enabled-only=true and js-server-only=true do not show write errors.
# Source: nats-io/nats-server, server/monitor.go, Server.healthz.
#
# usage: nats-alive.sh STORE_DIRECTORY
room=65536 # KiB that a restart is worth

health=$(printf 'GET /healthz?details=true HTTP/1.0\r\n\r\n' | nc -w 4 127.0.0.1 8222)
case "$health" in
'' | *' 500 '*)
	echo "NATS does not answer: $health"
	exit 1
	;;
*'write error'* | *'not enabled'*) ;;
*) exit 0 ;;
esac

free=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$room" ]; then
	echo "no restart: $free KiB are free on the volume, $room are needed"
	exit 0
fi
echo "restart, since $free KiB are free again: $health"
exit 1
