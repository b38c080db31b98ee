package config_test

import (
	"fmt"
	"time"

	"prewarm/shared/config"
)

// A program reads all its keys and then checks for errors once.
func ExampleReader() {
	environment := map[string]string{"step": "30s", "horizon_steps": "0", "mode": "on"}
	r := config.NewReader(func(key string) string { return environment[key] })
	step := r.Duration("step", time.Minute, time.Second, time.Hour)
	horizon := r.Int("horizon_steps", 60, 1, 60)
	mode := r.OneOf("mode", "observe", "active", "off")
	fmt.Println(step, horizon, mode)
	fmt.Println(r.Err())
	// Output:
	// 30s 60 observe
	// horizon_steps must be between 1 and 60, was: 0
	// mode must be one of observe, active, off, was: "on"
}
