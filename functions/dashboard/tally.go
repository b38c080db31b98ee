package dashboard

// tally compares the replicas of prewarm with keep-alive over some steps, in
// replicas and replica-steps:
//
//	cold  = sum of max(0, need - warm)
//	idle  = sum of max(0, warm - need)
//	saved = sum of max(0, idle of keep-alive - idle)
//	added = sum of max(0, idle - idle of keep-alive)
//
// where warm is what stands at the begin of a step: what was decided then, or,
// under keep-alive, the greatest need of the steps before.
type tally struct {
	Steps         uint32 `json:"steps"`           // function-steps that were compared
	Need          uint32 `json:"need"`            // replica-steps that were needed
	ColdKeepAlive uint32 `json:"cold_keep_alive"` // cold starts that keep-alive has
	Cold          uint32 `json:"cold"`            // cold starts that prewarm has
	IdleKeepAlive uint32 `json:"idle_keep_alive"`
	Idle          uint32 `json:"idle"`
	Saved         uint32 `json:"idle_saved"`
	Added         uint32 `json:"idle_added"`
}

func (t *tally) add(o tally) {
	t.Steps += o.Steps
	t.Need += o.Need
	t.ColdKeepAlive += o.ColdKeepAlive
	t.Cold += o.Cold
	t.IdleKeepAlive += o.IdleKeepAlive
	t.Idle += o.Idle
	t.Saved += o.Saved
	t.Added += o.Added
}

// Avoided returns the cold starts that keep-alive has and prewarm has not; it
// is negative where prewarm has more.
func (t tally) Avoided() int { return int(t.ColdKeepAlive) - int(t.Cold) }

// compare scores one step.
func compare(need, warm, kept int) tally {
	idle, idleKept := max(0, warm-need), max(0, kept-need)
	return tally{
		Steps: 1, Need: uint32(need), ColdKeepAlive: uint32(max(0, need-kept)), Cold: uint32(max(0, need-warm)),
		IdleKeepAlive: uint32(idleKept), Idle: uint32(idle), Saved: uint32(max(0, idleKept-idle)), Added: uint32(max(0, idle-idleKept)),
	}
}

// byMode is what prewarm did and what it would have done.
type byMode struct {
	Active  tally `json:"active"`
	Observe tally `json:"observe"`
}

func (b *byMode) add(o *byMode) {
	b.Active.add(o.Active)
	b.Observe.add(o.Observe)
}
