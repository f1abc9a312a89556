package verifystep

import "golang.org/x/sys/unix"

// noAttribute is the error for a file without an extended attribute.
const noAttribute = unix.ENODATA
