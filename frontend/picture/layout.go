package picture

import (
	"cmp"
	"math"
	"slices"
)

// The layout draws a graph in rows, as Sugiyama, Tagawa and Toda do: each box is in a row
// above those that need it, an edge over several rows has a joint in each of them, the
// order in a row keeps crossings few, and places are as near to the neighbours as the order
// and the widths allow. An edge is inside a row only at its joints, which have a width of
// their own. So it never runs through a box.

// cell is a box or a joint in a row.
type cell struct {
	// box is the index of the box; -1 for a joint.
	box   int
	width float64
	row   int
	// place is the middle in the order of the row, from 0 to 1, and x the one in the picture.
	place, x float64
	// up and down are the cells of the neighbouring rows that edges lead to.
	up, down []*cell
	// edge is that of a joint.
	edge *edge
}

// edge is the way from a box to one that needs it: the box, joints, and the other box.
type edge struct {
	from, to int // indices of boxes
	way      []*cell
	// x is the mean of the middles on the way.
	x float64
}

// layout is where everything goes. Only the heights of rows are left to choose.
type layout struct {
	rows  [][]*cell
	boxes []*cell
	edges []*edge
	width float64
}

const (
	jointWidth = 10.0
	// gap is the space between two cells of a row.
	gap = 22.0
	// orderings and placings are how often each row is ordered and placed. More change
	// little.
	orderings = 16
	placings  = 60
	// stiffness is how many boxes give way to one joint, so that long edges are straight.
	stiffness = 6.0
)

// newLayout lays out boxes of one width. Each list of needs has indices of earlier boxes.
func newLayout(needs [][]int, width float64) *layout {
	l := &layout{}
	for i, row := range rowsOf(needs) {
		l.boxes = append(l.boxes, l.add(i, width, row))
	}
	for to, list := range needs {
		for _, from := range list {
			l.connect(from, to)
		}
	}
	l.order()
	l.place()
	return l
}

// rowsOf puts each box as low as those that need it allow.
func rowsOf(needs [][]int) []int {
	rows := make([]int, len(needs)) // counted from below
	top := 0
	for i := len(needs) - 1; i >= 0; i-- {
		for _, from := range needs[i] {
			rows[from] = max(rows[from], rows[i]+1)
			top = max(top, rows[from])
		}
	}
	for i := range rows {
		rows[i] = top - rows[i]
	}
	return rows
}

// add appends a cell to a row.
func (l *layout) add(box int, width float64, row int) *cell {
	for len(l.rows) <= row {
		l.rows = append(l.rows, nil)
	}
	c := &cell{box: box, width: width, row: row}
	l.rows[row] = append(l.rows[row], c)
	return c
}

// connect adds an edge, with a joint in each row between.
func (l *layout) connect(from, to int) {
	e := &edge{from: from, to: to, way: []*cell{l.boxes[from]}}
	for row := l.boxes[from].row + 1; row < l.boxes[to].row; row++ {
		joint := l.add(-1, jointWidth, row)
		joint.edge = e
		e.way = append(e.way, joint)
	}
	e.way = append(e.way, l.boxes[to])
	for i := 1; i < len(e.way); i++ {
		above, below := e.way[i-1], e.way[i]
		above.down = append(above.down, below)
		below.up = append(below.up, above)
	}
	l.edges = append(l.edges, e)
}

// order sorts each row by the middles of its neighbours, and keeps the order with the
// fewest crossings.
func (l *layout) order() {
	for _, row := range l.rows {
		number(row)
	}
	best, fewest := l.clone(), l.crossings()
	for i := range orderings {
		rows, neighbours := l.rows, func(c *cell) []*cell { return c.up }
		if i%2 == 1 {
			rows, neighbours = slices.Clone(l.rows), func(c *cell) []*cell { return c.down }
			slices.Reverse(rows)
		}
		for _, row := range rows {
			sortRow(row, neighbours)
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.clone(), n
		}
	}
	l.rows = best
}

// clone copies the order of the rows.
func (l *layout) clone() [][]*cell {
	var out [][]*cell
	for _, row := range l.rows {
		out = append(out, slices.Clone(row))
	}
	return out
}

// number gives the cells of a row their places.
func number(row []*cell) {
	for i, c := range row {
		c.place = (float64(i) + 0.5) / float64(len(row))
	}
}

func sortRow(row []*cell, neighbours func(*cell) []*cell) {
	wanted := map[*cell]float64{}
	for _, c := range row {
		wanted[c] = mean(neighbours(c), c.place, func(n *cell) float64 { return n.place })
	}
	slices.SortStableFunc(row, func(a, b *cell) int { return cmp.Compare(wanted[a], wanted[b]) })
	number(row)
}

// mean returns the mean of a value of cells, or another value if there are none.
func mean(cells []*cell, otherwise float64, value func(*cell) float64) float64 {
	if len(cells) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, c := range cells {
		sum += value(c)
	}
	return sum / float64(len(cells))
}

// crossings counts the pairs of edges that cross between two rows.
func (l *layout) crossings() int {
	count := 0
	for i := 1; i < len(l.rows); i++ {
		at := map[*cell]int{}
		for j, c := range l.rows[i] {
			at[c] = j
		}
		// before counts the ends of earlier edges, in a Fenwick tree.
		before, seen := make([]int, len(l.rows[i])+1), 0
		for _, c := range l.rows[i-1] {
			var ends []int
			for _, d := range c.down {
				ends = append(ends, at[d])
			}
			for _, end := range ends {
				count += seen
				for k := end + 1; k > 0; k -= k & -k {
					count -= before[k]
				}
			}
			for _, end := range ends {
				seen++
				for k := end + 1; k < len(before); k += k & -k {
					before[k]++
				}
			}
		}
	}
	return count
}

// place chooses the middle of each cell.
func (l *layout) place() {
	for _, row := range l.rows {
		pack(row, func(*cell) float64 { return 0 })
	}
	for i := range placings {
		rows := slices.Clone(l.rows)
		if i%2 == 1 {
			slices.Reverse(rows)
		}
		for _, e := range l.edges {
			e.x = mean(e.way, 0, middle)
		}
		for _, row := range rows {
			pack(row, wish)
		}
	}
	left, right := math.Inf(1), math.Inf(-1)
	for _, row := range l.rows {
		first, last := row[0], row[len(row)-1]
		left, right = min(left, first.x-first.width/2), max(right, last.x+last.width/2)
	}
	for _, row := range l.rows {
		for _, c := range row {
			c.x -= left
		}
	}
	l.width = right - left
}

// wish returns where a cell wants to be: a box between its neighbours, and the joints of an
// edge one below the other.
func wish(c *cell) float64 {
	if c.box < 0 {
		return c.edge.x
	}
	return mean(slices.Concat(c.up, c.down), c.x, middle)
}

func middle(c *cell) float64 { return c.x }

// pack puts the cells of a row as near as possible to where each wants to be, in their
// order and without overlap: cells that push each other form a block, which is where its
// cells want to be on average, by their weights.
func pack(row []*cell, wanted func(*cell) float64) {
	type block struct {
		sum, weight float64
		count       int
	}
	var blocks []block
	// offset is how far a cell is right of the first if all are side by side.
	offsets := make([]float64, len(row))
	for i, c := range row {
		if i > 0 {
			offsets[i] = offsets[i-1] + row[i-1].width/2 + gap + c.width/2
		}
		weight := 1.0
		if c.box < 0 {
			weight = stiffness
		}
		last := block{weight * (wanted(c) - offsets[i]), weight, 1}
		for n := len(blocks); n > 0 && blocks[n-1].sum/blocks[n-1].weight >= last.sum/last.weight; n-- {
			last = block{blocks[n-1].sum + last.sum, blocks[n-1].weight + last.weight, blocks[n-1].count + last.count}
			blocks = blocks[:n-1]
		}
		blocks = append(blocks, last)
	}
	i := 0
	for _, b := range blocks {
		for range b.count {
			row[i].x = b.sum/b.weight + offsets[i]
			i++
		}
	}
}
