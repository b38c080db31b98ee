package trace

import "fmt"

// qualify makes the names of the functions unique: functions of one name get their
// application in front or, if that is the same, its owner as well.
func (t *Trace) qualify() {
	for _, prefix := range []func(Function) string{
		func(f Function) string { return f.App },
		func(f Function) string { return f.Owner },
	} {
		times := map[string]int{}
		for _, f := range t.Functions {
			times[f.Name]++
		}
		for i := range t.Functions {
			f := &t.Functions[i]
			if before := prefix(*f); times[f.Name] > 1 && before != "" {
				f.Name = before + "/" + f.Name
			}
		}
	}
	// What is still the same has a number, such as functions whose own names look like
	// those above.
	seen := map[string]bool{}
	for i := range t.Functions {
		f := &t.Functions[i]
		name := f.Name
		for n := 2; seen[f.Name]; n++ {
			f.Name = fmt.Sprintf("%s#%d", name, n)
		}
		seen[f.Name] = true
	}
}
