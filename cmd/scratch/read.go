package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// readScratchfile reads a Scratchfile. It reads one that is too large only so far that
// the parser can report it.
func readScratchfile(name string) ([]byte, error) {
	data, err := readFile(name, spec.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		err = failure.NoBuildFile(err, []string{name})
	}
	return data, err
}

// readLock reads a lock. It returns a lock without platforms if there is no file.
func readLock(name string) (*lock.Lock, error) {
	data, err := readFile(name, lock.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return &lock.Lock{}, nil
	}
	if err != nil {
		return nil, err
	}
	return lock.Parse(name, data)
}

// readFile reads a regular file, but at most one byte more than the limit. The extra byte
// tells the parser that the file is too large. readFile never opens another kind of file,
// since a FIFO may block and a device may be endless.
func readFile(name string, limit int64) (data []byte, err error) {
	if err := requireRegular(name); err != nil {
		return nil, err
	}
	// The file may have been replaced since the check. O_NONBLOCK keeps the open from
	// blocking.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := isRegular(name, info); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// requireRegular returns an error if a file is not a regular one. It does not open the
// file.
func requireRegular(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return isRegular(name, info)
}

func isRegular(name string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return fmt.Errorf("%s is %s, not a regular file", name, quote.FileType(info.Mode()))
}
