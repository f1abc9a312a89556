package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSecretThatHasNoEnd: a secret is a file, or a FIFO, of which shells make much use.
func TestSecretThatHasNoEnd(t *testing.T) {
	dir := t.TempDir()
	file, fifo, link := filepath.Join(dir, "file"), filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	write(t, file, "x")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", link); err != nil {
		t.Fatal(err)
	}
	for item, want := range map[string]string{
		"id=a,src=" + file:        "",
		"id=a,src=" + fifo:        "",
		"id=a,env=HOME":           "",
		"id=a,src=" + dir:         "a folder",
		"id=a,source=/dev/zero":   "a device",
		`"src=` + link + `",id=a`: "a device",
	} {
		flags := solveFlags{secrets: []string{item}}
		_, err := flags.session(t.Output())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "--secret: ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", item, err, want)
		}
	}
}
