package scaler

// deniedSteps is how many steps in a row the gateway must deny the same number until that
// becomes a limit.
//
// A proxy, a gateway that starts, or an exchange of credentials gives such answers for a
// moment, in which all tries of one batch may lie. An answer that lasts for three steps, with
// several tries in each, counts as the gateway's decision.
const deniedSteps = 3

// denials counts the steps in a row in which the gateway denied a number to a function. The
// zero value has none.
type denials struct {
	target int
	step   int64 // the last one, Unix seconds
	steps  int
}

// note counts a denial, and reports whether there were deniedSteps of them. Several in one
// step count once.
func (d *denials) note(target int, step int64) (lasts bool) {
	if d.target != target {
		*d = denials{target: target}
	}
	if d.steps == 0 || step != d.step {
		d.step, d.steps = step, d.steps+1
	}
	return d.steps >= deniedSteps
}
