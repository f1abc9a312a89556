//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// section is a part of the conformance table.
type section struct {
	name string
	rows []row
}

// row is a feature that works with a Dockerfile and must work with a Scratchfile. Its test
// passes only if it has seen the result.
type row struct {
	name string
	tool string
	test func(*testing.T)
}

const (
	buildx   = "buildx"
	buildctl = "buildctl"
)

func sections() []section {
	return []section{
		{"1 inputs", inputRows},
		{"1 contexts", contextRows},
		{"2 options", optionRows},
		{"2 targets", targetRows},
		{"2 platforms", platformRows},
		{"3 outputs", outputRows},
		{"4 caches", cacheRows},
		{"5 attestations", attestationRows},
		{"6 subrequests", subrequestRows},
		{"7 errors", errorRows},
		{"8 progress", progressRows},
		{"9 old daemons", oldDaemonRows},
	}
}

// TestConformance is the conformance table, which TestMain prints at the end. Rows run in
// parallel and share only a daemon.
func TestConformance(t *testing.T) {
	for _, s := range sections() {
		t.Run(slug(s.name), func(t *testing.T) {
			for _, r := range s.rows {
				line := conformance.add(s.name, r)
				t.Run(slug(r.name), func(t *testing.T) {
					t.Parallel()
					defer conformance.finish(line, t)
					r.test(t)
				})
			}
		})
	}
}

// slug returns a name that is valid for directories, for -run and in build options.
func slug(name string) string {
	return strings.Trim(regexp.MustCompile(`[^A-Za-z0-9.]+`).ReplaceAllString(name, "-"), "-")
}

// cantRun ends a row that this machine can't run.
func cantRun(t *testing.T, format string, args ...any) {
	t.Helper()
	reason := fmt.Sprintf(format, args...)
	conformance.excuse(t.Name(), reason)
	t.Skip("can't run here: " + reason)
}

// conformance records the results of this run's rows.
var conformance table

type table struct {
	mu      sync.Mutex
	lines   []*tableLine
	excuses map[string]string // by test name
}

type tableLine struct {
	section, name, tool string
	result              string // empty for a row that was not asked for
}

func (tab *table) add(section string, r row) *tableLine {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	line := &tableLine{section: section, name: r.name, tool: r.tool}
	tab.lines = append(tab.lines, line)
	return line
}

func (tab *table) excuse(test, reason string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if tab.excuses == nil {
		tab.excuses = map[string]string{}
	}
	tab.excuses[test] = reason
}

// finish records the result of a row at the end of its test.
func (tab *table) finish(line *tableLine, t *testing.T) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	reason, excused := tab.excuses[t.Name()]
	switch {
	case t.Failed():
		line.result = "FAILED"
	case excused:
		line.result = "can't run here: " + reason
	case t.Skipped():
		line.result = "FAILED: skipped without a reason"
	default:
		line.result = "passed"
	}
}

// print writes the table, unless no row was run.
func (tab *table) print(w io.Writer) error {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	count := map[string]int{}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range tab.lines {
		if l.result == "" {
			continue
		}
		verdict, _, _ := strings.Cut(l.result, ":")
		count[verdict]++
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", l.section, l.name, l.tool, l.result)
	}
	if len(count) == 0 {
		return nil
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d passed, %d FAILED, %d can't run here\n",
		count["passed"], count["FAILED"], count["can't run here"])
	return err
}
