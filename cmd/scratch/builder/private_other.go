//go:build !linux

package builder

func requirePrivate(string) error { return nil }

func requireOwnHome(string) error { return nil }
