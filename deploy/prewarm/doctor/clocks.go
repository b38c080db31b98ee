package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// clock is how far the clock of a program is ahead of that of this machine.
type clock struct {
	name   string
	apart  time.Duration // negative if it is behind
	within time.Duration // of the measurement, on either side
}

// maxApart is how far apart clocks may be. The chain refuses messages that are more than a step
// ahead, and proofs of deliveries that are more than five minutes apart; clocks under NTP are
// within milliseconds.
const maxApart = 5 * time.Second

// is reports whether the clock is apart from a time by more than maxApart.
func (c clock) is(apart time.Duration) bool {
	return max(c.apart-apart, apart-c.apart)-c.within > maxApart
}

// note keeps the first measurement of a clock.
func (d *doctor) note(c clock) {
	if !slices.ContainsFunc(d.clocks, func(o clock) bool { return o.name == c.name }) {
		d.clocks = append(d.clocks, c)
	}
}

// now returns the present time by the clock of a program, or else of this machine.
func (d *doctor) now(name string) time.Time {
	now := d.cfg.Now()
	if at := slices.IndexFunc(d.clocks, func(c clock) bool { return c.name == name }); at >= 0 {
		return now.Add(d.clocks[at].apart)
	}
	return now
}

// checkClocks compares the clocks of all programs that have answered. If they agree with each
// other and not with this machine, the chain is fine.
func (d *doctor) checkClocks(context.Context) {
	const do = "check NTP on the nodes: chronyc tracking, or timedatectl"
	if len(d.clocks) == 0 {
		d.skip("clocks", "no program has answered with its time", "")
		return
	}
	var names []string
	var apart []clock
	for _, c := range d.clocks {
		names = append(names, c.name)
		if c.is(0) {
			apart = append(apart, c)
		}
	}
	agree := len(d.clocks) > 1 && len(apart) == len(d.clocks) && !slices.ContainsFunc(apart, func(c clock) bool { return c.is(apart[0].apart) })
	switch {
	case len(apart) == 0:
		d.ok("clocks", "this machine and "+strings.Join(names, ", ")+" agree within "+maxApart.String())
	case agree:
		d.warn("clocks", "the clock of this machine is "+ahead(-apart[0].apart)+" those of "+strings.Join(names, ", "), "set it: ages in these lines are off by as much")
	default:
		for _, c := range apart {
			d.find("clocks", fmt.Sprintf("the clock of %s is %s that of this machine", c.name, ahead(c.apart)), do)
		}
	}
}

// ahead returns a duration as "5m0s ahead of" or "5m0s behind".
func ahead(by time.Duration) string {
	if by < 0 {
		return (-by).Round(time.Second).String() + " behind"
	}
	return by.Round(time.Second).String() + " ahead of"
}
