//go:build linux

package wrapper

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// stamp tells one state of a file from another. It is zero for what is not a regular file.
type stamp struct {
	dev, ino     uint64
	size         int64
	mtime, ctime syscall.Timespec
}

func stampOf(path string) stamp {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return stamp{}
	}
	return stamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim, st.Ctim} //nolint:unconvert // not on every platform
}

// key returns a name for what is known of the file.
func (s stamp) key(what string) string {
	return fmt.Sprintf("%s-%x-%x-%x-%x.%x-%x.%x", what, s.dev, s.ino, s.size, s.mtime.Sec, s.mtime.Nsec, s.ctime.Sec, s.ctime.Nsec)
}

// isFile reports whether the path is that of a regular file.
func isFile(path string) bool { return stampOf(path) != stamp{} }

// exists reports whether the path is that of anything but a folder. A linker can take
// input from what is no regular file.
func exists(path string) bool {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	return err == nil && st.Mode&syscall.S_IFMT != syscall.S_IFDIR
}

// memo returns a function that asks each question once.
func memo(ask func(string) bool) func(string) bool {
	known := map[string]bool{}
	return func(s string) bool {
		v, ok := known[s]
		if !ok {
			v = ask(s)
			known[s] = v
		}
		return v
	}
}

// large is the size from which a checksum is kept for the next link. Every link of a build
// takes the same libraries.
const large = 128 << 10

// file returns the checksum of a regular file, and its kind.
func (l *link) file(path string) (evidence.File, evidence.InputKind, error) {
	at := stampOf(path)
	if at == (stamp{}) {
		if _, err := os.Lstat(path); err != nil {
			return evidence.File{}, "", err
		}
		return evidence.File{}, "", errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return evidence.File{}, "", err
	}
	defer f.Close()
	head := make([]byte, 20)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return evidence.File{}, "", err
	}
	sum, err := l.sum(f, at)
	if err != nil {
		return evidence.File{}, "", err
	}
	return evidence.File{Path: l.names.show(path), SHA256: sum, Size: at.size}, headKind(head[:n]), nil
}

// sum returns the checksum of an open file.
func (l *link) sum(f *os.File, at stamp) (string, error) {
	keep := filepath.Join(l.root, workDir, at.key("sum"))
	if at.size >= large {
		if known, err := os.ReadFile(keep); err == nil && len(known) == 2*sha256.Size {
			return string(known), nil
		}
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return "", err
	}
	if n != at.size {
		return "", fmt.Errorf("it had %d bytes and then %d", at.size, n)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if at.size >= large {
		write(keep, []byte(sum)) //nolint:errcheck // then the next link reads it again
	}
	return sum, nil
}

// identify asks the linker what it is, once in a build.
func (l *link) identify() (evidence.Kind, string, error) {
	keep := filepath.Join(l.root, workDir, stampOf(l.program).key("linker"))
	version, err := os.ReadFile(keep)
	if err != nil {
		cmd := exec.CommandContext(context.Background(), l.program, "--version")
		cmd.Env = l.env()
		if version, err = cmd.Output(); err != nil {
			return evidence.Unknown, "", fmt.Errorf("%s --version: %w", l.program, err)
		}
		version, _, _ = bytes.Cut(version, []byte("\n"))
		version = version[:min(len(version), 256)]
		write(keep, version) //nolint:errcheck // then the next link asks again
	}
	return kindOfVersion(string(version)), string(version), nil
}

// kindOfVersion returns the kind of a linker by the first line of its version.
func kindOfVersion(line string) evidence.Kind {
	for _, k := range []struct {
		mark string
		kind evidence.Kind
	}{
		// The others say that they are compatible with GNU ld.
		{"GNU gold", evidence.Gold}, {"mold ", evidence.Mold}, {"sold ", evidence.Mold}, {"LLD ", evidence.LLD}, {"GNU ld", evidence.GNU},
	} {
		if strings.Contains(line, k.mark) {
			return k.kind
		}
	}
	return evidence.Unknown
}

// extracts reports whether an lld of the version knows --why-extract.
func extracts(version string) bool {
	var major int
	_, number, _ := strings.Cut(version, "LLD ")
	_, err := fmt.Sscanf(number, "%d.", &major)
	return err == nil && major >= 13
}

// readResponse reads a response file. Anything but a regular file stays unread: it may be
// one that can be read once.
func readResponse(path string, limit int64) ([]byte, error) {
	at := stampOf(path)
	if at == (stamp{}) || at.size > limit {
		return nil, os.ErrInvalid
	}
	return os.ReadFile(path)
}
