package scaler

import (
	"strings"
	"sync"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	"prewarm/shared/schedule"
)

// scheduleKey is the key of the schedule of functions without the annotation.
const scheduleKey = "default_schedule"

// readSchedule reads the key scheduleKey. Its error is kept by r.
func readSchedule(r *config.Reader) *schedule.Schedule {
	text := r.String(scheduleKey, "")
	if text == "" {
		return nil
	}
	s, err := schedule.Parse(scheduleKey, text)
	r.Check(err)
	return s
}

// schedules keeps schedules by the text of the annotation: it is read in every step, and
// changes seldom. It is safe for concurrent use.
type schedules struct {
	mu     sync.Mutex
	byText map[string]parsed
}

// parsed is a schedule, or why it cannot be read.
type parsed struct {
	schedule *schedule.Schedule
	err      error
}

// maxSchedules bounds the texts that are kept. If there are more, all are read again.
const maxSchedules = 10_000

// of returns the schedule by the annotations of a function, def without one.
func (s *schedules) of(annotations map[string]string, def *schedule.Schedule) (*schedule.Schedule, error) {
	text := strings.TrimSpace(annotations[openfaas.AnnotationSchedule])
	if text == "" {
		return def, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.byText[text]
	if !known {
		p.schedule, p.err = schedule.Parse(openfaas.AnnotationSchedule, text)
		if s.byText == nil || len(s.byText) >= maxSchedules {
			s.byText = map[string]parsed{}
		}
		s.byText[text] = p
	}
	return p.schedule, p.err
}

// unreadable notes a schedule that cannot be read: the function is only observed, as with any
// other setting.
func (x *subject) unreadable(err error) {
	x.problem = problemOf(err) + x.problem
	if x.scaling.Mode != openfaas.ModeOff {
		x.scaling.Mode = openfaas.ModeObserve
	}
}

// lead returns how far ahead a decision covers the schedule: the next one comes a step later,
// and its replicas are ready after the readiness time. An actuator of its own adds the time that
// it takes to act.
func (x *subject) lead(delay time.Duration) time.Duration {
	lead := time.Duration(x.f.StepSeconds)*time.Second + x.readiness
	if delegated(x.scaling) {
		lead += delay
	}
	return lead
}
