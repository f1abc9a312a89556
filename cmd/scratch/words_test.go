package main

import (
	"errors"
	"testing"
)

// TestErrorsAreWords: what gRPC writes around a message is not shown.
func TestErrorsAreWords(t *testing.T) {
	for in, want := range map[string]string{
		`failed to solve: rpc error: code = Unknown desc = failed to create synctarget dest dir x: mkdir x: not a directory`:                                             `failed to solve: failed to create synctarget dest dir x: mkdir x: not a directory`,
		`no builder: failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial unix /x: connect: no such file or directory"`:   `no builder: dial unix /x: connect: no such file or directory`,
		`failed to call prune: rpc error: code = Unavailable desc = rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: EOF"`: `failed to call prune: EOF`,
		`connection error: desc = "error reading server preface: command [x] failed: stderr=no builder \"a\" found\n"` + "\nfix: y":                                      `command [x] failed: stderr=no builder "a" found` + "\nfix: y",
		`connection error: desc = "not closed`: `connection error: desc = "not closed`,
	} {
		if got := inWords(errors.New(in)); got != want {
			t.Errorf("%s\nbecomes %s\nand not %s", in, got, want)
		}
	}
}
