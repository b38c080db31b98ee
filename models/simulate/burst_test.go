package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// writeBursts writes an Azure trace of two days with one function: 1,000 calls of three
// seconds, 50 replicas, every so many minutes from minute 13 on.
func writeBursts(t *testing.T, every int) string {
	t.Helper()
	dir := t.TempDir()
	for day := range 2 {
		head, row := "HashOwner,HashApp,HashFunction,Trigger", "o,a,fanout,timer"
		for m := range 1440 {
			head += fmt.Sprintf(",%d", m+1)
			row += map[bool]string{true: ",1000", false: ",0"}[(day*1440+m)%every == 13]
		}
		durations := "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum\no,a,fanout,3000,1000,3000,3000\n"
		for name, text := range map[string]string{"invocations_per_function_md": head + "\n" + row + "\n", "function_durations_percentiles": durations} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.anon.d%02d.csv", name, day+1)), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// A fan-out every few hours is foreseen in its size, from its third run on.
func TestBurstsRarerThanHourlyAreMet(t *testing.T) {
	for _, every := range []int{90, 360} {
		path := filepath.Join(t.TempDir(), "d.csv")
		simulated(t, "-trace", writeBursts(t, every), "-policy", "prewarm", "-decisions", path)
		warm := map[int]int{}
		for _, line := range lines(t, path)[1:] {
			var minute, replicas int
			fmt.Sscanf(line, "fanout,%d,%d", &minute, &replicas)
			warm[minute] = replicas
		}
		for m := 13 + 2*every; m < 2880; m += every {
			if warm[m] < 50 || warm[m] > 60 {
				t.Errorf("every %d minutes: %d replicas are warm at minute %d, want 50", every, warm[m], m)
			}
		}
	}
}
