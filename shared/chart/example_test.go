package chart_test

import (
	"bytes"
	"fmt"
	"regexp"

	"prewarm/shared/chart"
)

// printTexts prints the texts of an SVG document.
func printTexts(svg []byte) {
	for _, text := range regexp.MustCompile(`>([^<]+)</text>`).FindAllSubmatch(svg, -1) {
		fmt.Printf("%s; ", text[1])
	}
	fmt.Println()
}

// A curve above a grey reference, on axes that show shares.
func ExampleLines() {
	l := chart.Lines{
		Title: "Reliability", X: "predicted", Y: "observed", XMax: 1, YMax: 1, LegendTop: true, LegendLeft: true,
		Lines: []chart.Line{
			{Points: []chart.Point{{X: 0, Y: 0}, {X: 1, Y: 1}}, Grey: true},
			{Name: "full", Points: []chart.Point{{X: 0.1, Y: 0.1}, {X: 0.9, Y: 0.8}}, Dots: true},
		},
	}
	var svg bytes.Buffer
	if err := l.Draw(&svg); err != nil {
		fmt.Println(err)
	}
	printTexts(svg.Bytes())
	// Output: Reliability; predicted; 0.0; 0.2; 0.4; 0.6; 0.8; 1.0; observed; 0.0; 0.2; 0.4; 0.6; 0.8; 1.0; full;
}

// Two series in two groups.
func ExampleBars() {
	b := chart.Bars{
		Title: "Error", X: "active minutes a day", Y: "RMSE", Groups: []string{"below 10", "10 to 100"},
		Series: []chart.Bar{{Name: "full", Heights: []float64{0.1, 0.4}}, {Name: "zero", Heights: []float64{0.2, 1}}},
	}
	var svg bytes.Buffer
	if err := b.Draw(&svg); err != nil {
		fmt.Println(err)
	}
	printTexts(svg.Bytes())
	// Output: Error; active minutes a day; below 10; 10 to 100; RMSE; 0.0; 0.4; 0.8; 1.2; full; zero;
}
