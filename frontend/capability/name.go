package capability

import (
	"slices"
	"strconv"
)

// names are the names of the capabilities by their numbers (linux/capability.h, Linux 5.9 and
// later), as in capabilities(7), without CAP_ and in lower case.
var names = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid",
	"setuid", "setpcap", "linux_immutable", "net_bind_service", "net_broadcast",
	"net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio",
	"sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write",
	"audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
}

// Names returns the names of the capabilities, by their numbers.
func Names() []string { return slices.Clone(names[:]) }

// IsName reports whether a string is the name of a capability.
func IsName(s string) bool { return slices.Contains(names[:], s) }

// nameOf returns the name of a capability, or its number if it has no name.
func nameOf(number int) string {
	if number < len(names) {
		return names[number]
	}
	return strconv.Itoa(number)
}
