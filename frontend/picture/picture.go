// Package picture draws the steps of a plan: as an SVG image, for Graphviz and for Mermaid.
// The colour of a step says what is trusted of its result.
package picture

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Trust says what a build knows of the result of a step.
type Trust int

// The kinds of results, in the order of a build.
const (
	Given    Trust = iota // it comes from outside
	Ours                  // it is the frontend's own program
	Compiled              // a command of the build has made it: nobody has verified it
	Gate                  // the step lets through only what it has verified
	Scratch               // it has nothing of the compile but what a gate has let through
)

// style is how a picture shows a result.
type style struct {
	class string
	// meaning is for the legend.
	meaning string
	// fill is dark enough for white text, and far enough from black and from white for
	// pages of either colour.
	fill string
	// dashed is set for results that are not verified, for those who see no colours.
	dashed bool
	// dot and mermaid are the shapes of a box.
	dot                        string
	mermaidOpen, mermaidClosed string
}

var styles = [...]style{
	Given:    {"given", "from outside, as the file names it", "#57606a", true, "box", "[", "]"},
	Ours:     {"ours", "the frontend's own program", "#0a66c2", false, "box", "[[", "]]"},
	Compiled: {"compiled", "made by the compile: not trusted", "#b23c17", true, "box", "[", "]"},
	Gate:     {"gate", "the gate: lets through only what it has verified", "#7a3fc4", false, "hexagon", "{{", "}}"},
	Scratch:  {"scratch", "from scratch: its programs are verified", "#2a8f47", false, "box", "([", "])"},
}

// node is a box of a picture: a step, or several ones that are alike.
type node struct {
	// id is the number of the step, from 1.
	id    int
	kind  plan.Kind
	title string
	lines []int
	// online is true if the step has network.
	online bool
	trust  Trust
	// needs are the ids of the boxes that this one depends on.
	needs []int
}

// name is the text of a node on one line.
func (n node) name() string {
	return fmt.Sprintf("[%s] %s%s", n.kind, n.title, n.note(" (", ")"))
}

// note says from which lines of the file a node comes and that it has network, between
// before and after. It is empty if there is nothing to say.
func (n node) note(before, after string) string {
	var parts []string
	switch first, last := 0, len(n.lines)-1; {
	case last < 0:
	case last == 0:
		parts = append(parts, "line "+strconv.Itoa(n.lines[0]))
	default:
		parts = append(parts, fmt.Sprintf("lines %d–%d", n.lines[first], n.lines[last]))
	}
	if n.online {
		parts = append(parts, "network")
	}
	if len(parts) == 0 {
		return ""
	}
	return before + strings.Join(parts, ", ") + after
}

// nodes returns the boxes of steps, each after those that it needs.
func nodes(steps []plan.Step) []node {
	var out []node
	for i, s := range steps {
		n := node{id: i + 1, kind: s.Kind, title: quote.Line(s.Title), lines: s.Lines(), needs: s.Needs()}
		n.online = s.Exec != nil && s.Exec.Online
		n.trust = trustOf(s, out)
		out = append(out, n)
	}
	return group(out)
}

// trustOf returns the trust in the result of a step. The boxes of the earlier steps are in
// the order of their steps.
func trustOf(s plan.Step, earlier []node) Trust {
	found := map[Trust]bool{}
	for _, id := range s.Needs() {
		found[earlier[id-1].trust] = true
	}
	switch {
	case s.Kind == plan.KindVerify:
		return Gate
	case s.Kind == plan.KindProgram:
		return Ours
	case s.Kind == plan.KindTest:
		return Scratch
	case s.Kind == plan.KindStrip, s.Kind == plan.KindCompress:
		return Compiled // another program has changed what was verified
	case s.Exec != nil && s.Exec.Own == "":
		return Compiled
	case found[Gate], found[Scratch]:
		return Scratch
	case found[Compiled]:
		return Compiled
	}
	return Given
}

// maxAlike is how many boxes may differ only in their titles. A lock has hundreds of
// packages.
const maxAlike = 3

// group makes one box of those that need nothing, have the same kind, and are needed by the
// same boxes.
func group(all []node) []node {
	neededBy := map[int][]int{}
	for _, n := range all {
		for _, id := range n.needs {
			neededBy[id] = append(neededBy[id], n.id)
		}
	}
	alike := map[string][]int{}
	key := func(n node) string { return fmt.Sprint(n.kind, n.trust, neededBy[n.id]) }
	for i, n := range all {
		if len(n.needs) == 0 {
			alike[key(n)] = append(alike[key(n)], i)
		}
	}
	gone := map[int]bool{}
	for i, n := range all {
		same := alike[key(n)]
		if len(n.needs) > 0 || len(same) <= maxAlike || same[0] != i {
			continue
		}
		for _, other := range same[1:] {
			gone[all[other].id] = true
			all[i].lines = append(all[i].lines, all[other].lines...)
		}
		slices.Sort(all[i].lines)
		all[i].lines = slices.Compact(all[i].lines)
		all[i].title = fmt.Sprintf("%s and %d more", n.title, len(same)-1)
	}
	out := slices.DeleteFunc(all, func(n node) bool { return gone[n.id] })
	for i := range out {
		out[i].needs = slices.DeleteFunc(out[i].needs, func(id int) bool { return gone[id] })
	}
	return out
}

// maxBoxes is how many boxes a picture has: nobody can read one with more.
const maxBoxes = 200

// boxes returns the boxes of a picture, or an error if there are too many.
func boxes(steps []plan.Step) ([]node, error) {
	out := nodes(steps)
	if len(out) > maxBoxes {
		return nil, fmt.Errorf("the graph has %d boxes, and a picture at most %d\nfix: print it as text or json", len(out), maxBoxes)
	}
	return out, nil
}

// used lists the styles that occur, in the order of a build.
func used(all []node) []style {
	var out []style
	for t, s := range styles {
		if slices.ContainsFunc(all, func(n node) bool { return n.trust == Trust(t) }) {
			out = append(out, s)
		}
	}
	return out
}
