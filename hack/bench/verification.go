package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// timeVerification times the rule on real programs, and on one with 200 MB after its
// headers.
func timeVerification(w io.Writer, tmp string, runs int) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	large := filepath.Join(tmp, "large")
	data, err := os.ReadFile(exe)
	if err != nil {
		return err
	}
	if err := os.WriteFile(large, data, 0o755); err != nil {
		return err
	}
	if err := os.Truncate(large, 200<<20); err != nil {
		return err
	}
	fmt.Fprintf(w, "%-24s %14s %14s %14s\n", "verification", "file", "read", "median")
	for _, file := range []struct{ name, path string }{{"this program", exe}, {"200 MB", large}} {
		report, wall, err := timeOne(file.path, runs)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%-24s %14d %14d %14s\n", file.name, report.Size, report.BytesRead, wall)
	}
	return nil
}

func timeOne(path string, runs int) (report *verify.Report, median time.Duration, err error) {
	walls := make([]time.Duration, runs)
	for i := range walls {
		start := time.Now()
		if report, err = verify.Path("/", path, verify.Options{}); err != nil {
			return nil, 0, err
		}
		walls[i] = time.Since(start)
	}
	slices.Sort(walls)
	return report, walls[runs/2], nil
}
