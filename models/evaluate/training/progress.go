package training

import "prewarm/shared/cli"

// The steps of a bar for one training: networkSteps for each of the three
// networks, the rest for the forests.
const (
	trainingSteps = 100
	networkSteps  = 20
)

// progress moves a bar that several trainings share by the steps of one of them.
// A bar can only be moved forward.
type progress struct {
	bar   *cli.Bar
	stage string
	begun int64 // steps of the stages before this one
	moved int64 // steps of the bar so far
}

// report is a fit.Progress. Stages that cannot be counted do not move the bar.
func (p *progress) report(stage string, done, total int, _ float64) {
	if total <= 1 {
		return
	}
	if p.stage != "" && stage != p.stage {
		p.begun += networkSteps
	}
	p.stage = stage
	p.moveTo(p.begun + int64(networkSteps*done/total))
}

// finish moves the bar by what is left of the training.
func (p *progress) finish() { p.moveTo(trainingSteps) }

// moveTo moves the bar forward to a step of this training. It never moves it back: a
// resumed stage reports from its checkpoint on.
func (p *progress) moveTo(at int64) {
	if at = min(at, trainingSteps); at > p.moved {
		p.bar.Add(at - p.moved)
		p.moved = at
	}
}
