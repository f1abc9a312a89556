package buildkit

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
)

//go:embed janitor.sh
var janitorScript string

// janitor removes a state directory when its pipe is closed.
type janitor struct {
	cmd    *exec.Cmd
	pipe   io.Closer
	output *bytes.Buffer
}

func startJanitor(dir stateDir) (*janitor, error) {
	cmd := exec.Command("/bin/sh", "-c", janitorScript, "janitor", string(dir))
	cmd.Dir = "/"
	cmd.SysProcAttr = ownSession()
	output := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the janitor: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the janitor: %w", err)
	}
	return &janitor{cmd: cmd, pipe: pipe, output: output}, nil
}

// clean returns when the directory is gone.
func (j *janitor) clean() error {
	if err := j.pipe.Close(); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	if err := j.cmd.Wait(); err != nil {
		return fmt.Errorf("cleaning up: %w: %s", err, bytes.TrimSpace(j.output.Bytes()))
	}
	return nil
}
