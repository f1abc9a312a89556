package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// These are the stages of the launcher: wait until the ids are mapped, and give the daemon
// a /proc of its own.
const (
	stageUser = "user"
	stageProc = "proc"
	stageNone = "none"
)

// errNoProc says that the namespace can't have a /proc of its own.
var errNoProc = errors.New("mount /proc")

// Main is the launcher. It ends the process as the daemon ends it.
func Main(args []string) {
	err := runMain(args)
	fmt.Fprintln(os.NewFile(errorFD, "error"), err)
	os.Exit(1)
}

// readFailure reads why the launcher failed. It returns when the launcher has become the
// daemon or has ended.
func readFailure(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil || len(text) == 0 {
		return err
	}
	line := strings.TrimSpace(string(text))
	if rest, ok := strings.CutPrefix(line, errNoProc.Error()); ok {
		return fmt.Errorf("%w%s", errNoProc, rest)
	}
	return errors.New(line)
}
