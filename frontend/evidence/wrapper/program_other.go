//go:build !linux

package wrapper

// Program does nothing: nothing starts it.
func Program([]string) {}
