package loadtest

import "strings"

// sniffed is how many bytes of a file are looked at to see which tool wrote it.
const sniffed = 16 << 10

// toolOf returns the load generator whose output a text is, "" if it is that of hey or
// of none of those known.
func toolOf(text string) string {
	for _, t := range []struct{ part, tool string }{
		{"Success rate:", "oha"},
		{"Thread Stats", "wrk"},
		{"[total, rate", "vegeta"},
		{"\"latencies\":{\"total\"", "vegeta"},
		{"http_req_duration", "k6"},
		{"This is ApacheBench", "ab"},
		{"Bombarding ", "bombardier"},
		{"timeStamp,elapsed,label", "JMeter"},
		{"Type,Name,Request Count", "Locust"},
		{"Fortio ", "fortio"},
	} {
		if strings.Contains(text, t.part) {
			return t.tool
		}
	}
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return "a tool that writes JSON"
	}
	return ""
}
