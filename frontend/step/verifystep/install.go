package verifystep

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// install copies the verified bytes to a path, and sets the mode and the capabilities. It
// reads the open file, because its path may now lead to another one.
func install(f *verify.File, to string, mode os.FileMode, capabilities []string) error {
	info, err := f.Handle.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := copyTo(to, f, mode, capabilities); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

func copyTo(path string, src *verify.File, mode os.FileMode, capabilities []string) (err error) {
	dst, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	if _, err := src.CopyTo(dst); err != nil {
		return err
	}
	// The umask changes the mode of a new file.
	if err := dst.Chmod(mode.Perm()); err != nil {
		return err
	}
	if len(capabilities) == 0 {
		return nil
	}
	return writeAttribute(dst, capabilities)
}
