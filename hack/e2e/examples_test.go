package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExamples builds every folder of examples as its users would. Their own tests,
// which the image must pass, are part of the build.
func TestExamples(t *testing.T) {
	root := filepath.Join("..", "..", "examples")
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		t.Run(f.Name(), func(t *testing.T) {
			dir, err := filepath.Abs(filepath.Join(root, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			img := (&project{t: t, dir: dir}).buildx().image()
			if len(img.config.Config.Entrypoint) == 0 {
				t.Error("the image runs nothing")
			}
		})
	}
}
