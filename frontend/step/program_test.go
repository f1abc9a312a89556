package step

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBeside(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "scratch")
	if got := Beside(own); got != own {
		t.Errorf("alone: %s", got)
	}
	beside := filepath.Join(dir, Program)
	if err := os.Mkdir(beside, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := Beside(own); got != own {
		t.Errorf("beside a folder: %s", got)
	}
	if err := os.Remove(beside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(beside, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := Beside(own); got != beside {
		t.Errorf("beside the program: %s", got)
	}
}
