package event

// TraceHeader is the header, of a message in NATS and of the call that delivers it, which says
// to which trace it belongs. It is not signed and decides nothing: a receiver may lose it or
// invent it, and spans alone are then in another trace.
//
// Source: https://www.w3.org/TR/trace-context/#traceparent-header
const TraceHeader = "traceparent"

// traceForm is a traceparent of version 00, with x for a hexadecimal digit.
const traceForm = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx"

// CheckTrace returns the value of a TraceHeader if it has the form of version 00 with a trace
// and a span that are not zero, and "" otherwise. Anybody may have written the value.
func CheckTrace(value string) string {
	if len(value) != len(traceForm) {
		return ""
	}
	for i := range len(value) {
		digit := value[i] >= '0' && value[i] <= '9' || value[i] >= 'a' && value[i] <= 'f'
		if want := traceForm[i]; want == 'x' && !digit || want != 'x' && want != value[i] {
			return ""
		}
	}
	if zeros(value[3:35]) || zeros(value[36:52]) {
		return ""
	}
	return value
}

// zeros reports whether all digits are zero.
func zeros(digits string) bool {
	for i := range len(digits) {
		if digits[i] != '0' {
			return false
		}
	}
	return true
}
