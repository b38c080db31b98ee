package hourly

import (
	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// summary is what is known of a stretch of steps.
type summary struct {
	known, active int
	cold          int // cold starts
	judged        int // known steps in which it is known whether a call would be a cold start
}

// summarise returns the summary of counts[from:to]. Which calls are cold starts
// follows from the steps before.
func summarise(counts []int32, from, to int) (s summary) {
	var r forecast.Replica
	for i := max(0, from-forecast.KeepAlive); i < to; i++ {
		cold, judged := r.Step(counts[i])
		if i < from || counts[i] == series.NoData {
			continue
		}
		s.known++
		if judged {
			s.judged++
		}
		if counts[i] > 0 {
			s.active++
		}
		if cold {
			s.cold++
		}
	}
	return s
}

// perHour returns the cold starts per hour, 0 if no step could be judged.
func (s summary) perHour() float64 {
	if s.judged == 0 {
		return 0
	}
	return Hour * float64(s.cold) / float64(s.judged)
}

// hoursOf returns the number of whole hours of counts, MaxHours at most, and the
// number of steps before them, which the network reads as part of the first hour.
func hoursOf(counts []int32) (hours, first int) {
	hours = min(len(counts)/Hour, MaxHours)
	return hours, len(counts) - hours*Hour
}

// Targets writes to dst the observed cold starts of the hour after each hour of
// counts[:origin], the last of which begins at origin. ok is false if one of them
// is not known.
func Targets(dst []float32, counts []int32, origin int) (ok bool) {
	hours, first := hoursOf(counts[:origin])
	for h := range hours {
		from := first + (h+1)*Hour
		s := summarise(counts, from, from+Hour)
		if s.judged < Hour {
			return false
		}
		dst[h] = float32(s.cold)
	}
	return true
}
