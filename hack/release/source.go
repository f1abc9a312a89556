package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

// source is what is released.
type source struct {
	root    string
	Version string    // as git describe writes it: v1.2.3
	Commit  string    // with "-dirty" where the tree differs
	Created time.Time // the commit's time
	Go      string    // the version that all is compiled with
}

func readSource(ctx context.Context, root string) (source, error) {
	s := source{root: root}
	var seconds, wanted string
	for _, q := range []struct {
		answer  *string
		command []string
	}{
		{&s.Version, []string{"git", "describe", "--tags", "--always", "--dirty"}},
		{&s.Commit, []string{"git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"}},
		{&seconds, []string{"git", "log", "-1", "--format=%ct"}},
		{&s.Go, []string{"go", "env", "GOVERSION"}},
		{&wanted, []string{"go", "list", "-m", "-f", "go{{.GoVersion}}"}},
	} {
		var err error
		if *q.answer, err = output(ctx, root, nil, q.command...); err != nil {
			return s, err
		}
	}
	if s.Go != wanted {
		return s, fmt.Errorf("this is %s, and go.mod names %s: other bytes would come of it\nfix: GOTOOLCHAIN=%s go run ./hack/release DIR", s.Go, wanted, wanted)
	}
	var err error
	s.Created, err = ocilayout.ParseEpoch(seconds)
	return s, err
}

// output returns what a command prints, without the end of its line.
func output(ctx context.Context, dir string, env []string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
