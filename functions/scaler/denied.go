package scaler

// deniedSteps is how many steps in a row the gateway must deny the same number until that
// becomes a limit.
//
// A proxy, a gateway or the credentials that are exchanged give such answers for a moment,
// and the tries of one batch all lie within that. What lasts for three steps, with several
// tries in each, is taken as the gateway's last word.
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
