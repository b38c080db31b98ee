package forecast_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
)

// shipped loads the model file of the repository. Programs load the embedded copy
// of it from package models.
func shipped() *forecast.Predictor {
	file, err := os.Open("../../models/forecast.bin")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	p, err := forecast.Load(file)
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// A function is called every 15 minutes, the last time ten minutes ago. The next
// call is due in the fifth step.
func ExamplePredictor_Forecast() {
	w := event.FunctionWindow{Function: "report.openfaas-fn", Concurrency: 1}
	w.StepSeconds, w.Counts = 60, make([]int32, 12*60)
	for i := len(w.Counts) - 11; i >= 0; i -= 15 {
		w.Counts[i] = 1
	}
	forecasts := make([]event.Forecast, 1)
	if errs := shipped().Forecast(forecasts, []event.FunctionWindow{w}); errs != nil {
		log.Fatal(errs[0])
	}
	f := forecasts[0]
	for _, horizon := range []int{4, 5, 6} {
		fmt.Printf("in %d minutes: p = %.1f, replicas needed (P90): %d\n", horizon, f.PActive[horizon-1], f.NeedQ90[horizon-1])
	}
	fmt.Println("active steps seen:", f.Evidence)
	fmt.Printf("cold starts of the next hour with a keep-alive of 10 minutes: %.0f\n", f.ExpectedCold)
	// Output:
	// in 4 minutes: p = 0.0, replicas needed (P90): 0
	// in 5 minutes: p = 1.0, replicas needed (P90): 1
	// in 6 minutes: p = 0.0, replicas needed (P90): 0
	// active steps seen: 48
	// cold starts of the next hour with a keep-alive of 10 minutes: 4
}

// Two steps are too few for a forecast. What was observed is reported all the same.
func ExampleErrNoData() {
	w := event.FunctionWindow{Function: "new.openfaas-fn", Concurrency: 1}
	w.StepSeconds, w.Counts = 60, []int32{0, 3}
	forecasts := make([]event.Forecast, 1)
	errs := shipped().Forecast(forecasts, []event.FunctionWindow{w})
	fmt.Println(errors.Is(errs[0], forecast.ErrNoData))
	fmt.Println(forecasts[0].Recent, len(forecasts[0].PActive))
	// Output:
	// true
	// [0 1] 0
}

// A call is certain in steps 5, 12 and 40, after twenty steps without one. The call
// in step 12 finds the replica of step 5 warm.
func ExampleExpectedCold() {
	p := make([]float32, 60)
	p[4], p[11], p[39] = 1, 1, 1
	fmt.Println(forecast.ExpectedCold(p, make([]int32, 20)))
	p[39] = 0.5
	fmt.Println(forecast.ExpectedCold(p, make([]int32, 20)))
	// Output:
	// 2
	// 1.5
}

// The same calls, observed.
func ExampleColdStarts() {
	observed := make([]int32, 60)
	observed[4], observed[11], observed[39] = 2, 1, 1
	fmt.Println(forecast.ColdStarts(make([]int32, 20), observed))
	// Output: 2 true
}
