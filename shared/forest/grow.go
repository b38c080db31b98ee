package forest

import (
	"container/heap"
	"math/rand/v2"
)

// grower grows one tree.
type grower struct {
	cfg   Config
	data  *binned
	rng   *rand.Rand
	order []int     // features, shuffled in part for each split
	w, y  []float32 // weight and y (× outputs) of the samples of the node being added
	scans []scan    // one per goroutine that searches for splits
	nodes []sprout
	queue frontier // leaves that can be split
}

// sprout is a node of a growing tree. Its samples are the rows that reached it, in
// ascending order. A row that was drawn several times is in them several times.
type sprout struct {
	samples []int32
	weight  float64   // of the samples
	total   []float64 // sum of y, per output
	value   []float64 // total/weight, pulled towards the value of the parent; see Config.Prior
	split   split
	child   int // index of the left child, 0 in a leaf
}

// split is the best split of a node; a gain of 0 means that there is none.
type split struct {
	feature, cut int
	gain         float64
}

// grow returns the nodes of one tree, the root first. The number of goroutines
// that search for splits does not change the tree.
func grow(cfg Config, data *binned, goroutines int, rng *rand.Rand) []sprout {
	g := &grower{cfg: cfg, data: data, rng: rng, order: make([]int, data.features), scans: make([]scan, goroutines)}
	for i := range g.order {
		g.order[i] = i
	}
	for i := range g.scans {
		g.scans[i] = newScan(data)
	}
	samples := g.bootstrap()
	// Large enough for the root, so for every node. Each node overwrites them.
	g.w, g.y = make([]float32, len(samples)), make([]float32, len(samples)*data.outputs)
	g.add(samples, nil)
	// Each part turns one leaf into two. Best first, so that a bound on the leaves
	// keeps the splits of largest gain.
	for leaves := 1; len(g.queue) > 0 && (cfg.MaxLeafs == 0 || leaves < cfg.MaxLeafs); leaves++ {
		g.part(heap.Pop(&g.queue).(candidate).node)
	}
	return g.nodes
}

// bootstrap draws rows with replacement and returns them in ascending order, in
// which memory is read fastest.
func (g *grower) bootstrap() []int32 {
	rows := g.data.rows
	// Counts of draws instead of a list to be sorted: the ascending order comes for
	// free.
	drawn := make([]uint16, rows)
	size := rows
	if g.cfg.Sample > 0 {
		size = max(1, int(float64(rows)*g.cfg.Sample))
	}
	for i := range size {
		if g.cfg.Sample < 0 {
			drawn[i] = 1
		} else {
			drawn[g.rng.IntN(rows)]++
		}
	}
	samples := make([]int32, 0, size)
	for r, times := range drawn {
		for range times {
			samples = append(samples, int32(r))
		}
	}
	return samples
}

// add appends a node, and puts it on the frontier if it can be split. parent is the
// value of its parent, nil for the root.
func (g *grower) add(samples []int32, parent []float64) {
	outputs := g.data.outputs
	n := sprout{samples: samples, total: make([]float64, outputs), value: make([]float64, outputs)}
	g.gather(&n)
	for k := range n.value {
		// The root has no parent, so nothing pulls it.
		n.value[k] = n.total[k] / n.weight
		if parent != nil {
			n.value[k] = (n.total[k] + g.cfg.Prior*parent[k]) / (n.weight + g.cfg.Prior)
		}
	}
	n.split = g.best(&n)
	g.nodes = append(g.nodes, n)
	if n.split.gain > 0 {
		heap.Push(&g.queue, candidate{gain: n.split.gain, node: len(g.nodes) - 1})
	}
}

// gather copies weight and y of the samples of a node into consecutive memory, and
// sums them.
func (g *grower) gather(n *sprout) {
	outputs := g.data.outputs
	for i, s := range n.samples {
		g.w[i] = g.data.weight(s)
		n.weight += float64(g.w[i])
		for k, v := range g.data.y[int(s)*outputs : (int(s)+1)*outputs] {
			g.y[i*outputs+k] = v
			n.total[k] += float64(v)
		}
	}
}

// part splits a node into two children, which become the last nodes. The left child
// takes over the memory of the samples.
func (g *grower) part(at int) {
	n := &g.nodes[at]
	bins, cut := g.data.bins[n.split.feature], uint8(n.split.cut)
	samples, mid := n.samples, 0
	// The lower part is moved to the front of the same slice: only the upper part
	// needs memory.
	upper := make([]int32, 0, len(samples)/2)
	for _, s := range samples {
		if bins[s] <= cut {
			samples[mid] = s
			mid++
		} else {
			upper = append(upper, s)
		}
	}
	// n points into g.nodes, which add may move: nothing is written through it
	// afterwards.
	n.child, n.samples = len(g.nodes), nil
	value := n.value
	g.add(samples[:mid:mid], value)
	g.add(upper, value)
}

// candidate is a node that can be split.
type candidate struct {
	gain float64
	node int
}

// frontier is a heap of candidates by gain, the largest first. Of equal gains the
// older node comes first.
type frontier []candidate

// The methods below implement heap.Interface.
func (f frontier) Len() int { return len(f) }
func (f frontier) Less(i, j int) bool {
	return f[i].gain > f[j].gain || f[i].gain == f[j].gain && f[i].node < f[j].node
}
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)   { *f = append(*f, x.(candidate)) }
func (f *frontier) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}
