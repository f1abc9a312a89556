//go:build linux

package wrapper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// stackFile has the stack that programs get. It is a file since a build system may run
// linkers with an environment of its own.
const stackFile = "stack"

// writeStack writes the file. Without a stack there is none.
func writeStack(root string, stack uint64) error {
	if stack == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(root, stackFile), []byte(strconv.FormatUint(stack, 10)), 0o644)
}

// readStack returns the stack that programs get; 0 if the build does not say.
func readStack(root string) (uint64, error) {
	text, err := os.ReadFile(filepath.Join(root, stackFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(text), 10, 64)
}

// setStack gives the output its stack. The record has the option that does the same. What
// goes wrong is no failure of the link: the verification finds a program without a stack.
func (l *link) setStack() {
	stack, err := readStack(l.root)
	if err != nil || stack == 0 || stampOf(l.parsed.Output) == l.before {
		return
	}
	f, err := os.OpenFile(l.parsed.Output, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if written, err := evidence.SetStack(f, stack); written && err == nil {
		l.parsed.Options = append(l.parsed.Options, fmt.Sprintf("-z stack-size=%d", stack))
	}
}
