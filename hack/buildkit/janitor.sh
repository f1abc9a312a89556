# Usage: janitor STATE-DIRECTORY, with a pipe on stdin.
#
# Waits until every writer of the pipe is gone, which is when the process that
# started the daemon stops it or dies, and then removes what is left.
set -u
dir=$1
cat >/dev/null

# A process that the kernel has finished with is gone or a zombie.
finished() {
	[ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# The daemon is PID 1 of its namespace: with it go all processes and mounts.
for pid in $(grep -alF "$dir/buildkitd.toml" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do
	kill -KILL "$pid" 2>/dev/null
	tries=200
	until finished "$pid" || [ "$tries" -eq 0 ]; do
		sleep 0.05
		tries=$((tries - 1))
	done
done

# A step that was cut off leaves its cgroup and its record with runc.
for config in "$dir"/root/runc-*/executor/*/config.json; do
	[ -e "$config" ] || continue
	id=${config%/config.json}
	runc delete --force "${id##*/}"
done

rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
