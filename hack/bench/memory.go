package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

// frontendPath is the path of the program in both frontend images.
const frontendPath = "/" + ocilayout.Program

// memoryOf returns what measures the peak memory of the frontend in a build.
func memoryOf(dir string) func(context.Context, *bench, side) (float64, error) {
	return func(ctx context.Context, b *bench, s side) (float64, error) {
		ctx, stop := context.WithCancel(ctx)
		peak := make(chan float64)
		go func() { peak <- watch(ctx) }()
		_, err := b.build(ctx, s, dir)
		stop()
		got := <-peak
		if err == nil && got == 0 {
			err = errors.New("no process of the frontend was seen")
		}
		return got, err
	}
}

// watch returns the highest peak (VmHWM) of a process that serves a build, until the
// context ends. The kernel keeps the peak of a process until it exits.
func watch(ctx context.Context) float64 {
	peak := 0.0
	for ctx.Err() == nil {
		processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, cmdline := range processes {
			// A process may be gone by now.
			args, _ := os.ReadFile(cmdline)
			if string(args) == frontendPath+"\x00" { // a step of a build has arguments
				peak = max(peak, highWater(filepath.Dir(cmdline)))
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return peak
}

// highWater returns the peak of a process, in bytes; 0 if it is gone.
func highWater(proc string) float64 {
	status, _ := os.ReadFile(filepath.Join(proc, "status"))
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib * 1024
		}
	}
	return 0
}
