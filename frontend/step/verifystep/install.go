package verifystep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// install copies a binary to its path in the image. It reads the open file, so it copies
// the bytes that were verified.
func install(f *verify.File, b Binary, verified string) error {
	info, err := f.Handle.Stat()
	if err != nil {
		return err
	}
	dst := filepath.Join(verified, filepath.FromSlash(b.To))
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	if err := copyTo(dst, f); err != nil {
		return fmt.Errorf("copy to %s: %w", b.To, err)
	}
	// The umask has changed the mode of the new file.
	if err := os.Chmod(dst, b.Mode.Perm()); err != nil {
		return err
	}
	return os.Chtimes(dst, info.ModTime(), info.ModTime())
}

func copyTo(path string, src *verify.File) (err error) {
	dst, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = src.CopyTo(dst)
	return err
}
