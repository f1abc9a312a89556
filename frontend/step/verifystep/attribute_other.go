//go:build !linux

package verifystep

import "golang.org/x/sys/unix"

// noAttribute says that a file does not have an extended attribute.
const noAttribute = unix.ENOATTR
