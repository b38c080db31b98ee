package trace

import "math"

// region holds the published statistics of one region that shape its calls.
type region struct {
	name         string
	functions    float64 // functions with a cold start
	rare         float64 // share of functions with fewer than ten cold starts
	peakToTrough float64 // of the hours of a day
	weekday      float64 // weekday to weekend
	holiday      float64 // days 14 to 21 to weekday
	onTheHour    float64 // rate at minute :00 against the mean
}

// regions returns the five regions. Source: statistics of Joosen et al.,
// "Serverless Cold Starts and Where to Find Them", EuroSys 2025.
func regions() []region {
	return []region{
		{"r1", 2307, 0.297, 2.52, 1.11, 0.88, 2.6},
		{"r2", 2078, 0.198, 1.73, 1.15, 0.82, 2.3},
		{"r3", 214, 0.266, 1.11, 1.05, 0.93, 2.2},
		{"r4", 7513, 0.650, 1.51, 1.07, 0.97, 3.9},
		{"r5", 521, 0.069, 1.38, 1.00, 0.96, 1.2},
	}
}

// regionShares returns the functions of each region as weights.
func regionShares() []float64 {
	var shares []float64
	for _, r := range regions() {
		shares = append(shares, r.functions)
	}
	return shares
}

// shape returns the rate in a minute relative to the mean of a weekday: a
// cosine over the day with its peak at 15:00, lower on weekends and holidays.
func (r region) shape(minute int) float64 {
	amplitude := (r.peakToTrough - 1) / (r.peakToTrough + 1)
	ofDay := float64(minute%MinutesPerDay) / MinutesPerDay
	rate := 1 + amplitude*math.Cos(2*math.Pi*(ofDay-15.0/24))
	day := minute / MinutesPerDay
	switch {
	case day >= 14 && day <= 21:
		return rate * r.holiday
	case day%7 >= 5:
		return rate / r.weekday
	}
	return rate
}
