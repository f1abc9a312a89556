//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

// TestExamples builds every folder of examples as its users would. Their own tests,
// which the image must pass, are part of the build.
func TestExamples(t *testing.T) {
	root := filepath.Join("..", "..", "examples")
	files, err := filepath.Glob(filepath.Join(root, "*", "Scratchfile"))
	if err != nil || len(files) == 0 {
		t.Fatalf("examples %v: %v", files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(filepath.Dir(f)), func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.Abs(filepath.Dir(f))
			if err != nil {
				t.Fatal(err)
			}
			img := (&project{t: t, dir: dir}).onServed().buildx().image()
			if len(img.config.Config.Entrypoint) == 0 {
				t.Error("the image runs nothing")
			}
		})
	}
}
