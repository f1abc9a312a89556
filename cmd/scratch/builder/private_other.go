//go:build !linux

package builder

func requirePrivate(string) error { return nil }
