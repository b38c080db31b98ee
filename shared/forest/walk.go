package forest

import "math"

// step is a node of a regression, in the form in which Predict walks through it. A walk
// has no branch that depends on the row: a processor guesses half of them wrong, and each
// wrong guess costs as much as several steps. For the same reason a leaf is a step to
// itself, so that the walks of several lanes, each a row in a tree, go on side by side until
// the last has arrived.
type step struct {
	threshold float32 // infinity in a leaf, which no value is above
	child     int32   // the left child, or the leaf itself, in the steps of all trees
	value     uint16  // grid point of a leaf
	feature   uint8
}

// lanes is the number of walks side by side. Each hides the wait for memory of the others.
const lanes = 4

// layOut writes the steps of a regression's trees, and where each tree begins.
func (f *Forest) layOut() {
	if f.outputs != 1 {
		return
	}
	f.steps, f.roots = make([]step, 0, f.Nodes()), make([]int32, 0, len(f.trees))
	for _, t := range f.trees {
		root := int32(len(f.steps))
		f.roots = append(f.roots, root)
		for i, n := range t.nodes {
			s := step{threshold: n.threshold, child: root + n.child, feature: n.feature}
			if n.feature == leaf {
				s = step{threshold: float32(math.Inf(1)), child: root + int32(i), value: t.values[n.child]}
			}
			f.steps = append(f.steps, s)
		}
	}
}

// addPoints adds the grid points of all trees to dst, which has one element per row of x.
// Whole blocks of rows walk through one tree, which stays in the cache meanwhile. Each of
// the other rows walks through several trees.
func (f *Forest) addPoints(dst, x []float32) {
	whole := len(dst) / lanes * lanes
	n := f.features
	for _, root := range f.roots {
		for at := 0; at < whole; at += lanes {
			row, sums := at*n, dst[at:at+lanes]
			a, b, c, d := walk(f.steps, x, [lanes]int32{root, root, root, root}, [lanes]int{row, row + n, row + 2*n, row + 3*n})
			sums[0], sums[1], sums[2], sums[3] = sums[0]+float32(a), sums[1]+float32(b), sums[2]+float32(c), sums[3]+float32(d)
		}
	}
	for at := whole; at < len(dst); at++ {
		dst[at] = f.sumOf(x[at*n : (at+1)*n])
	}
}

// sumOf returns the sum of the grid points of one row, tree by tree in their order.
func (f *Forest) sumOf(row []float32) (sum float32) {
	roots := f.roots
	for ; len(roots) >= lanes; roots = roots[lanes:] {
		a, b, c, d := walk(f.steps, row, [lanes]int32(roots), [lanes]int{})
		sum = sum + float32(a) + float32(b) + float32(c) + float32(d)
	}
	for _, root := range roots {
		a, _, _, _ := walk(f.steps, row, [lanes]int32{root, root, root, root}, [lanes]int{})
		sum += float32(a)
	}
	return sum
}

// walk returns the grid points of the leaves in which the lanes end: each begins at a step
// with the row that begins at an index of x.
func walk(steps []step, x []float32, from [lanes]int32, rows [lanes]int) (a, b, c, d uint16) {
	i, j, k, l := from[0], from[1], from[2], from[3]
	for {
		s, t, u, v := &steps[i], &steps[j], &steps[k], &steps[l]
		p := s.child + above(x[rows[0]+int(s.feature)], s.threshold)
		q := t.child + above(x[rows[1]+int(t.feature)], t.threshold)
		r := u.child + above(x[rows[2]+int(u.feature)], u.threshold)
		w := v.child + above(x[rows[3]+int(v.feature)], v.threshold)
		if p == i && q == j && r == k && w == l {
			return s.value, t.value, u.value, v.value
		}
		i, j, k, l = p, q, r, w
	}
}

// above returns 1 if v is above the threshold. It compiles to no branch.
func above(v, threshold float32) int32 {
	if v > threshold {
		return 1
	}
	return 0
}
