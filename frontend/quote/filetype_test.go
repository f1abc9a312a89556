package quote

import (
	"io/fs"
	"testing"
)

func TestFileType(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		0o644:                                 "a file",
		fs.ModeDir | 0o755:                    "a folder",
		fs.ModeSymlink | 0o777:                "a link",
		fs.ModeDevice:                         "a device",
		fs.ModeDevice | fs.ModeCharDevice:     "a device",
		fs.ModeNamedPipe:                      "a FIFO",
		fs.ModeSocket:                         "a socket",
		fs.ModeIrregular:                      "a special file",
		fs.ModeSetuid | fs.ModeSetgid | 0o755: "a file",
	} {
		if got := FileType(mode); got != want {
			t.Errorf("FileType(%v) = %s, want %s", mode, got, want)
		}
	}
}
