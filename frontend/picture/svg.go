package picture

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// lineColour is that of edges and of text outside boxes. It can be read on white and on
// black.
const lineColour = "#767676"

// The measures of a picture, in pixels. charWidth is that of a column of text. Each text
// says how long it is, so it stays in its box whatever font a viewer has.
const (
	margin     = 12.0
	fontSize   = 12.0
	charWidth  = 7.3
	lineHeight = 16.0
	padding    = 10.0
	columns    = 32 // of a line in a box
	boxWidth   = columns*charWidth + 2*padding
	rowGap     = 40.0
)

// SVG returns a picture for browsers and pages. It needs no other file, no script and no
// font, and has no background.
func SVG(steps []plan.Step) (string, error) {
	all, err := boxes(steps)
	if err != nil {
		return "", err
	}
	d := newDrawing(all)
	for _, e := range d.layout.edges {
		d.edge(e)
	}
	for i := range all {
		d.box(i)
	}
	d.legend()
	return d.text(), nil
}

// drawing is an SVG image in the making.
type drawing struct {
	nodes  []node
	layout *layout
	lines  [][]string // of the title of each node
	top    []float64  // of each row
	height []float64  // of each row
	bottom float64    // of the graph
	b      strings.Builder
}

func newDrawing(all []node) *drawing {
	index := map[int]int{}
	needs := make([][]int, len(all))
	d := &drawing{nodes: all}
	for i, n := range all {
		index[n.id] = i
		for _, id := range n.needs {
			needs[i] = append(needs[i], index[id])
		}
		d.lines = append(d.lines, wrap(n.title))
	}
	d.layout = newLayout(needs, boxWidth)
	y := margin
	for _, row := range d.layout.rows {
		height := 0.0
		for _, c := range row {
			if c.box >= 0 {
				height = max(height, d.boxHeight(c.box))
			}
			c.x += margin
		}
		d.top, d.height = append(d.top, y), append(d.height, height)
		y += height + rowGap
	}
	d.bottom = y - rowGap
	return d
}

func (d *drawing) boxHeight(i int) float64 {
	return float64(1+len(d.lines[i]))*lineHeight + padding
}

// boxTop returns the upper edge of a box, which is in the middle of its row.
func (d *drawing) boxTop(i int) float64 {
	row := d.layout.boxes[i].row
	return d.top[row] + (d.height[row]-d.boxHeight(i))/2
}

func (d *drawing) box(i int) {
	n, s := d.nodes[i], styles[d.nodes[i].trust]
	x, y := d.layout.boxes[i].x-boxWidth/2, d.boxTop(i)
	fmt.Fprintf(&d.b, "<g><title>%s</title>", escape(n.name()))
	d.rect(x, y, boxWidth, d.boxHeight(i), s)
	y += padding/2 + fontSize
	d.write(x+padding, y, "k", string(n.kind))
	if note := n.note("", ""); note != "" {
		d.write(x+boxWidth-padding-textWidth(note), y, "n", note)
	}
	for _, line := range d.lines[i] {
		y += lineHeight
		d.write(x+padding, y, "", line)
	}
	d.b.WriteString("</g>\n")
}

func (d *drawing) rect(x, y, width, height float64, s style) {
	const inset = 2.5
	fmt.Fprintf(&d.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6" fill="%s"/>`, x, y, width, height, s.fill)
	line := ""
	switch {
	case s.dashed:
		line = ` stroke-dasharray="4 3"`
	case s.class == styles[Gate].class:
		line = ` stroke-width="2.5"`
	default:
		return
	}
	fmt.Fprintf(&d.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4" fill="none" stroke="#fff" stroke-opacity=".7"%s/>`,
		x+inset, y+inset, width-2*inset, height-2*inset, line)
}

// write writes a text of one line, whose length does not depend on the font.
func (d *drawing) write(x, y float64, class, text string) {
	if class != "" {
		class = fmt.Sprintf(` class="%s"`, class)
	}
	fmt.Fprintf(&d.b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>%s</text>`,
		x, y, textWidth(text), class, escape(text))
}

// port returns where an edge leaves or enters a box: the edges of a box are side by side,
// in the order of where they lead.
func port(box *cell, others []*cell, other *cell) float64 {
	sorted := slices.Clone(others)
	slices.SortStableFunc(sorted, func(a, b *cell) int { return cmp.Compare(a.x, b.x) })
	const spread = 24.0
	at := float64(slices.Index(sorted, other)) - float64(len(sorted)-1)/2
	step := min(spread, (boxWidth-2*padding)/float64(len(sorted)))
	return box.x + float64(at*step) // rounded, so that all machines draw the same
}

func (d *drawing) edge(e *edge) {
	first, last := e.way[0], e.way[len(e.way)-1]
	const head = 7.0
	x, y := port(first, first.down, e.way[1]), d.boxTop(e.from)+d.boxHeight(e.from)
	fmt.Fprintf(&d.b, `<path class="%s" d="M%.1f %.1f`, styles[d.nodes[e.from].trust].class, x, y)
	for _, c := range e.way[1:] {
		toX, toY := c.x, d.top[c.row]
		if c == last {
			toX, toY = port(last, last.up, e.way[len(e.way)-2]), d.boxTop(e.to)-head
		}
		// The curve stays in the space between the rows.
		from, to := d.top[c.row-1]+d.height[c.row-1], d.top[c.row]
		bend := (to - from) / 2
		if y < from {
			fmt.Fprintf(&d.b, "V%.1f", from)
			y = from
		}
		end := min(toY, to-head)
		fmt.Fprintf(&d.b, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, y+bend, toX, end-bend, toX, end)
		if c != last {
			toY = d.top[c.row] + d.height[c.row]
		}
		fmt.Fprintf(&d.b, "V%.1f", toY)
		x, y = toX, toY
	}
	fmt.Fprintf(&d.b, `"/><path class="%s h" d="M%.1f %.1fl-4 0l4 %.1fl4 -%.1fz"/>`+"\n", styles[d.nodes[e.from].trust].class, x, y, head, head)
}

// legend says what the colours mean that the picture has.
func (d *drawing) legend() {
	y := d.bottom + 2*lineHeight
	for _, s := range used(d.nodes) {
		d.rect(margin, y, 2*lineHeight, lineHeight-2, s)
		d.write(margin+2*lineHeight+padding, y+fontSize-1, "l", s.meaning)
		d.b.WriteByte('\n')
		y += lineHeight + 4
	}
	d.bottom = y
}

// text returns the whole image.
func (d *drawing) text() string {
	width := d.layout.width
	for _, s := range used(d.nodes) {
		width = max(width, 2*lineHeight+padding+textWidth(s.meaning))
	}
	width, height := width+2*margin, d.bottom+margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="%.0f">
<title>The steps of a build</title>
<style>text{fill:#fff}.k{font-weight:bold}.n{fill-opacity:.85}.l{fill:%s}path{fill:none;stroke:%s;stroke-width:1.4}.ours{stroke-dasharray:2 3}.gate,.scratch{stroke:%s;stroke-width:2}.h{fill:%s;stroke:none}.gate.h,.scratch.h{fill:%s}</style>
`, width, height, width, height, fontSize, lineColour, lineColour, styles[Scratch].fill, lineColour, styles[Scratch].fill) + d.b.String() + "</svg>\n"
}

// escape returns a text for XML.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes all
	}
	return b.String()
}
