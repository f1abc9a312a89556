package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// verifications apply the verification rule to real programs, and to one with 200 MB after
// its headers.
func (b *bench) verifications() []row {
	program, large := filepath.Join(b.bin, "buildctl"), filepath.Join(b.tmp, "large")
	grow := func(context.Context, *bench) error {
		data, err := os.ReadFile(program)
		if err != nil {
			return err
		}
		if err := os.WriteFile(large, data, 0o755); err != nil {
			return err
		}
		return os.Truncate(large, 200<<20)
	}
	return []row{
		{name: "buildctl", measure: verification(program)},
		{name: "the same with 200 MB", measure: verification(large), change: grow, cold: true},
	}
}

func verification(path string) func(context.Context, *bench, side) (float64, error) {
	return func(context.Context, *bench, side) (float64, error) {
		start := time.Now()
		report, err := verify.Path("/", path, verify.Options{})
		if err == nil && report.BytesRead == 0 {
			err = fmt.Errorf("nothing of %s was read", path)
		}
		return time.Since(start).Seconds(), err
	}
}
