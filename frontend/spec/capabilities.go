package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// CapabilityNames are the kernel's names of capabilities, in lower case and without
// "CAP_", at the index that is their number; see capabilities(7) and the kernel's
// linux/capability.h.
var CapabilityNames = []string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}

// capabilities decodes the file capabilities of a program.
func (d *decoder) capabilities(v *value) []String {
	if v.Kind == yamlfile.KindList && len(v.Items) == 0 {
		d.Add(v.Range, "remove the key, or name a capability", "%s is empty", v.Path)
	}
	list := d.unique(v.Path, d.texts(v, capability), itself)
	slices.SortFunc(list, func(a, b String) int { return strings.Compare(a.Value, b.Value) })
	return list
}

// capability is the rule for an item of capabilities.
func capability(s string) (string, *complaint) {
	if slices.Contains(CapabilityNames, s) {
		return s, nil
	}
	// setcap has the same name with its prefix, and with what is done with it.
	name, _, _ := strings.Cut(strings.ToLower(s), "=")
	name, _, _ = strings.Cut(name, "+")
	near := suggest(strings.TrimPrefix(name, "cap_"), CapabilityNames)
	if near == "" {
		return "", complain("write a name of capabilities(7), such as net_bind_service", "there is no capability %s", show(s))
	}
	return "", complain("did you mean "+near+"?", "there is no capability %s", show(s))
}
