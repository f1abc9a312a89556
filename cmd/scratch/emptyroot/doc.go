// Package emptyroot runs a program in a root that has nothing but the files of an image: no
// /proc, no /dev, no loader of the machine. The program has no way to other files and few
// capabilities. It has the network of the machine.
package emptyroot

import "fmt"

// Name is the name under which a program enters the root. A program that calls [Run] must
// call [Main] if it has this name.
const Name = "scratch-empty-root"

// Process is a program to run.
type Process struct {
	Root     string   `json:"root"` // the folder that becomes the root
	Args     []string `json:"args"`
	Env      []string `json:"env"`
	Dir      string   `json:"dir"`
	UID, GID int
	Groups   []int `json:"groups"`
}

// StartError says that the program could not be started.
type StartError struct {
	Path string // in the root
	Err  error
}

func (e *StartError) Error() string { return fmt.Sprintf("start %s: %v", e.Path, e.Err) }
func (e *StartError) Unwrap() error { return e.Err }

// NotAllowedError says that the machine does not allow an empty root.
type NotAllowedError struct{ Err error }

func (e *NotAllowedError) Error() string {
	return "the machine does not allow a root of its own: " + e.Err.Error()
}
func (e *NotAllowedError) Unwrap() error { return e.Err }
