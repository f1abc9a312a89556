//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/hack/corpus"
)

// maxCell is the width of a long cell.
const maxCell = 48

// printVersions prints the versions of the kernel and of the installed tools.
func printVersions(w io.Writer) {
	for _, command := range []string{
		"uname -srm",
		"gcc --version", "ld.bfd --version", "ld.gold --version", "ld.lld --version", "mold --version",
		"dpkg-query -W -f '${Package} ${Version}' libc6-dev", "dpkg-query -W -f '${Package} ${Version}' musl-dev",
		"go version", "rustc --version", "upx --version", "qemu-aarch64-static --version",
	} {
		out, err := exec.Command("sh", "-c", command).Output()
		if line, _, _ := strings.Cut(string(out), "\n"); err == nil {
			fmt.Fprintln(w, line)
		}
	}
	fmt.Fprintln(w)
}

func printRows(out io.Writer, rows []corpus.Row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tPROGRAM\tBUILT BY\tVERDICT\tREASONS, (WARNINGS)\tIN AN EMPTY ROOT\tCOMPARED\tAS EXPECTED")
	for i, row := range rows {
		verdict, reasons := "-", ""
		if row.Report != nil {
			verdict, reasons = string(row.Report.Verdict), reasonsOf(row.Report)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, row.Name, cell(strings.Join(row.Build, "; ")),
			verdict, reasons, cell(happened(row)), agreement(row), expected(row))
	}
	w.Flush()
}

// reasonsOf returns the codes of a report, with those of its warnings in parentheses.
func reasonsOf(r *verify.Report) string {
	var words []string
	for _, reason := range r.Reasons {
		words = append(words, string(reason.Code))
	}
	for _, warning := range r.Warnings {
		words = append(words, "("+string(warning.Code)+")")
	}
	return strings.Join(words, " ")
}

// happened describes the result of a run.
func happened(row corpus.Row) string {
	switch {
	case row.BuildErr != nil:
		return row.BuildErr.Error()
	case row.Outcome.Ran:
		return "ran"
	}
	return strings.TrimPrefix(row.Outcome.Err.Error(), "fork/exec /prog: ")
}

func agreement(row corpus.Row) string {
	a := row.Agreement()
	if a == corpus.ByRule {
		return fmt.Sprintf("by rule %d", row.Stricter)
	}
	return string(a)
}

// expected says whether the case is as expected, and if not, lists the differences.
func expected(row corpus.Row) string {
	switch {
	case row.Agreement() == corpus.NotBuilt:
		return ""
	case len(row.Faults()) == 0:
		return "yes"
	case len(row.Refused) == 0:
		return fmt.Sprintf("NO: static, warned of %v", row.Warned)
	}
	return fmt.Sprintf("NO: refused for %v", row.Refused)
}

// cell shortens a text.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxCell {
		return string(runes[:maxCell-1]) + "…"
	}
	return s
}

func printSummary(w io.Writer, rows []corpus.Row) {
	built := slices.DeleteFunc(slices.Clone(rows), func(r corpus.Row) bool { return r.Report == nil })
	static := slices.DeleteFunc(slices.Clone(built), func(r corpus.Row) bool { return !r.Report.OK() })
	printVerdicts(w, built)
	printLookups(w, static)
	printHints(w, static)
	printCost(w, built)
	printMissing(w, rows)
}

// printVerdicts prints the table of verdicts and results.
func printVerdicts(w io.Writer, rows []corpus.Row) {
	counts := newCounts([]string{string(verify.Static), string(verify.Refused)}, []string{"ran", "did not run", "ran, refused by rule", "not tried here"})
	for _, row := range rows {
		what := "did not run"
		switch a := row.Agreement(); {
		case a == corpus.NotRun:
			what = "not tried here"
		case a == corpus.ByRule:
			what = "ran, refused by rule"
		case row.Outcome.Ran:
			what = "ran"
		}
		counts.add(string(row.Report.Verdict), what)
	}
	counts.print(w, fmt.Sprintf("%d programs", len(rows)))
}

// printLookups prints the table of NSS warnings and programs that do lookups.
func printLookups(w io.Writer, rows []corpus.Row) {
	const lookups, none, other = "glibc, looks up users or hosts", "glibc, no lookups", "musl or no C library"
	counts := newCounts([]string{lookups, none, other}, []string{"warned of NSS", "not warned"})
	for _, row := range rows {
		kind := other
		if row.Libc == corpus.Glibc {
			kind = none
			if row.LooksUp {
				kind = lookups
			}
		}
		what := "not warned"
		if row.Report.Has(verify.CodeGlibcNSS) {
			what = "warned of NSS"
		}
		counts.add(kind, what)
	}
	counts.print(w, fmt.Sprintf("%d static programs", len(rows)))
}

// printHints prints the table of hints and needs.
func printHints(w io.Writer, rows []corpus.Row) {
	words := []string{"ca-certificates", "tzdata"}
	counts := newCounts(words, []string{"mentioned, needed", "mentioned only", "needed only", "neither"})
	for _, row := range rows {
		for _, word := range words {
			mentioned, needed := row.Mentions(word), slices.Contains(row.Needs, word)
			switch {
			case mentioned && needed:
				counts.add(word, "mentioned, needed")
			case mentioned:
				counts.add(word, "mentioned only")
			case needed:
				counts.add(word, "needed only")
			default:
				counts.add(word, "neither")
			}
		}
	}
	counts.print(w, "hints")
}

// printCost prints how much was read of the files whose headers alone decided.
func printCost(w io.Writer, rows []corpus.Row) {
	var read []int64
	for _, row := range rows {
		if !row.Report.GlibcABI || !row.Report.OK() {
			read = append(read, row.Report.BytesRead)
		}
	}
	if len(read) == 0 {
		return
	}
	slices.Sort(read)
	fmt.Fprintf(w, "\nheaders alone decided %d: %d bytes read in the median, %d at most\n", len(read), read[len(read)/2], read[len(read)-1])
}

// printMissing prints the programs that were not built, and the missing tools.
func printMissing(w io.Writer, rows []corpus.Row) {
	count := map[string]int{}
	for _, row := range rows {
		if row.Agreement() == corpus.NotBuilt {
			count[row.BuildErr.Error()]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(w, "NOT BUILT: %d programs: %s\n", count[why], why)
	}
	tally := map[corpus.Agreement]int{}
	faults := 0
	for _, row := range rows {
		tally[row.Agreement()]++
		if len(row.Faults()) > 0 {
			faults++
		}
	}
	fmt.Fprintf(w, "\n%d agree, %d disagree, %d refused by a rule that is stricter than the kernel, %d not run, %d not built; %d not as expected\n",
		tally[corpus.Agree], tally[corpus.Disagree], tally[corpus.ByRule], tally[corpus.NotRun], tally[corpus.NotBuilt], faults)
}

// counts is a table of numbers.
type counts struct {
	rows, columns []string
	n             map[[2]string]int
}

func newCounts(rows, columns []string) *counts {
	return &counts{rows: rows, columns: columns, n: map[[2]string]int{}}
}

func (c *counts) add(row, column string) { c.n[[2]string{row, column}]++ }

func (c *counts) print(out io.Writer, title string) {
	width := len(title)
	for _, row := range c.rows {
		width = max(width, len(row))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%-*s\t%s\t\n", width, title, strings.Join(c.columns, "\t"))
	for _, row := range c.rows {
		fmt.Fprintf(w, "%-*s\t", width, row)
		for _, column := range c.columns {
			fmt.Fprintf(w, "%d\t", c.n[[2]string{row, column}])
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}
