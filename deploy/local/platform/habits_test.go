package platform_test

import "fmt"

// habit is how a function is called. Times are in steps.
type habit struct {
	name  string
	every int     // steps between two groups of calls
	begin float64 // of a group, after the begin of its step
	calls int     // in a group, at the same time
	work  float64 // of a call
}

// borderShare is the part of a step that calls keep away from its borders.
const borderShare = 32

// habits are short calls, calls that are longer than a step, calls so rare that each of them
// starts a replica, and groups of calls, at each phase of the step.
//
// The store has ten samples in a step. No call therefore begins or ends within a
// thirty-second of a border, and the load of a group is a fifth away from a whole number,
// also if its calls wait for a replica for a twentieth of a step.
func habits() []habit {
	var all []habit
	groups := [8]float64{5. / 16, 5. / 16, 5. / 16, 5. / 16, 17. / 32, 21. / 32, 17. / 32, 21. / 32}
	for eighth, work := range groups {
		begin := float64(eighth)/8 + 1./16
		all = append(all,
			habit{fmt.Sprintf("short-%d", eighth), 4, begin, 1, 0.02},
			habit{fmt.Sprintf("long-%d", eighth), 7, begin, 1, 1 + 3./8},
			habit{fmt.Sprintf("group-%d", eighth), 5, begin, 4, work},
		)
		if eighth%4 == 0 {
			all = append(all, habit{fmt.Sprintf("rare-%d", eighth), 12, begin, 1, 0.02})
		}
	}
	return all
}
