package synthetic

import (
	"math"

	"prewarm/shared/trace"
)

// The month of the published statistics: 31 days from a Monday.
const (
	monthDays    = 31
	monthHours   = monthDays * 24
	monthMinutes = monthDays * trace.MinutesPerDay
)

// region is the published statistics of one region over 31 days.
type region struct {
	name         string
	functions    float64 // with a cold start
	coldStarts   float64
	hours        float64 // function-hours with a cold start
	rare         float64 // share of functions with fewer than ten cold starts
	startMean    float64 // mean start time, seconds
	peakToTrough float64 // of the hours of a day
	weekday      float64 // rate on weekdays / on weekends
	holiday      float64 // rate on days 14 to 21 / on weekdays
	onTheHour    float64 // rate at minute :00 / mean rate
}

// Published for all regions together.
const (
	timerFunctions  = 0.60  // share of functions that a timer calls
	timerStarts     = 0.30  // share of cold starts that a timer causes
	startSigma      = 1.326 // standard deviation of the logarithm of a start time
	shareScheduling = 0.51  // of the start time, and so on
	shareCode       = 0.23
	shareDependency = 0.16
	sharePod        = 0.10
)

// regions returns the five regions. Source: statistics of Joosen et al.,
// "Serverless Cold Starts and Where to Find Them", EuroSys 2025.
func regions() []region {
	return []region{
		{"R1", 2307, 7107399, 318630, 0.297, 2.40, 2.52, 1.11, 0.88, 2.6},
		{"R2", 2078, 2072823, 280567, 0.198, 1.09, 1.73, 1.15, 0.82, 2.3},
		{"R3", 214, 308605, 66449, 0.266, 0.48, 1.11, 1.05, 0.93, 2.2},
		{"R4", 7513, 1619285, 224482, 0.650, 0.51, 1.51, 1.07, 0.97, 3.9},
		{"R5", 521, 805745, 108265, 0.069, 0.69, 1.38, 1.00, 0.96, 1.2},
	}
}

// shape is the course of the cold starts that no timer causes over day and week.
// Timers run at a constant rate, so the others must vary more than the published sum.
type shape struct {
	amplitude, weekend, holiday float64
	mean                        float64 // over the month
}

// shapeOf returns the shape of a region.
func shapeOf(r region) shape {
	const others = 1 - timerStarts
	// For 1 + a·cos the ratio of peak to trough is (1+a)/(1-a), so the sum of all
	// starts needs a = (ratio-1)/(ratio+1). Only the others swing, hence the division
	// by their share. Likewise the sum on a weekend is
	// timerStarts + others·weekend = 1/weekday, relative to a weekday.
	s := shape{
		amplitude: (r.peakToTrough - 1) / (r.peakToTrough + 1) / others,
		weekend:   (1/r.weekday - timerStarts) / others,
		holiday:   (r.holiday - timerStarts) / others,
	}
	for hour := range monthHours {
		// Hourly samples suffice: the cosine is smooth within an hour, and days
		// begin on full hours.
		s.mean += s.onWeekday(60*hour) / monthHours
	}
	return s
}

// rate returns the rate in a minute relative to the mean of the month.
func (s shape) rate(minute int) float64 { return s.onWeekday(minute) / s.mean }

// onWeekday returns the rate in a minute relative to the mean of a weekday: a
// cosine over the day with its peak at 15:00, lower on weekends and holidays.
func (s shape) onWeekday(minute int) float64 {
	ofDay := float64(minute%trace.MinutesPerDay) / trace.MinutesPerDay
	rate := 1 + s.amplitude*math.Cos(2*math.Pi*(ofDay-15.0/24))
	day := minute / trace.MinutesPerDay
	switch {
	// The holiday comes first: its weekend days follow the holiday, not the weekend.
	case day >= 14 && day <= 21:
		return rate * s.holiday
	case day%7 >= 5:
		return rate * s.weekend
	}
	return rate
}
