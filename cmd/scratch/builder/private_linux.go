package builder

import (
	"fmt"
	"os"
	"syscall"
)

// requirePrivate returns an error if another user may enter a folder.
func requirePrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("%s belongs to the user %d\nfix: set HOME or XDG_DATA_HOME to a folder of your own", dir, owner)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others may enter %s\nfix: chmod 700 %s", dir, dir)
	}
	return nil
}
