package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// requireOwnHome returns an error if root would make a folder in the home of the user who
// called sudo. The user could not enter it.
func requireOwnHome(dir string) error {
	caller, err := strconv.Atoi(os.Getenv("SUDO_UID"))
	if err != nil || os.Geteuid() != 0 || caller == 0 {
		return nil
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			continue // it will be made
		}
		if int(info.Sys().(*syscall.Stat_t).Uid) != caller {
			return nil
		}
		return fmt.Errorf("%s belongs to the user %d, who called sudo\nfix: sudo -H scratch, which sets HOME to that of root; or build as the user", dir, caller)
	}
	return nil
}

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
