package lockstep

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Run runs the step. It prints apk's output to stdout. The report says why packages can't be
// locked, so that the frontend can print that last. An error means that there is no report.
func Run(ctx context.Context, req Request, stdout, _ io.Writer) error {
	s := &step{Request: req, out: stdout, kept: req.Cache}
	files, err := s.run(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	report := Report{Files: files}
	switch {
	case errors.As(err, &report.Base):
	case err != nil:
		report.Refused = quote.Text(err.Error())
	}
	return contract.WriteReport(req.Report, report)
}

type step struct {
	Request
	out  io.Writer
	kept string // the folder that has the packages in apk's cache
}

func (s *step) run(ctx context.Context) ([]lock.File, error) {
	major, err := s.version(ctx)
	if err != nil {
		return nil, err
	}
	var repos []repository
	if major < 3 {
		if repos, err = s.readIndexes(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.dropUsual(); err != nil {
		return nil, err
	}
	added, err := s.add(ctx)
	if err != nil || len(added) == 0 {
		return nil, err
	}
	var from map[string]string
	if major < 3 {
		from, err = s.findAddresses(ctx, added, repos)
	} else {
		from, err = s.askAddresses(ctx, added)
	}
	if err != nil {
		return nil, err
	}
	return s.files(ctx, added, from)
}

// version returns the major version of the base's apk.
func (s *step) version(ctx context.Context) (int, error) {
	out, err := s.output(ctx, "--version")
	if errors.Is(err, exec.ErrNotFound) {
		return 0, apktools.Missing
	}
	if err != nil {
		return 0, err
	}
	fault, major := apktools.OfVersion(string(out))
	if fault != apktools.None {
		return 0, fault
	}
	return major, nil
}

// add installs the packages, and returns those that were added, sorted.
func (s *step) add(ctx context.Context) ([]pkg, error) {
	before, err := readInstalled(s.Root)
	if err != nil {
		return nil, err
	}
	args := []string{"add", "--no-progress"}
	if s.Arch != "" {
		args = append(args, "--no-scripts") // they are for machines of the architecture
	}
	if err := s.apk(ctx, append(args, s.Packages...)...); err != nil {
		return nil, err
	}
	after, err := readInstalled(s.Root)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(after, func(p pkg, _ string) bool {
		_, had := before[p]
		return had
	})
	return slices.SortedFunc(maps.Keys(after), func(a, b pkg) int { return cmp.Compare(a.name, b.name) }), nil
}

// command returns a process of the base's apk on the root.
func (s *step) command(ctx context.Context, args []string) *exec.Cmd {
	if s.Arch != "" {
		args = append([]string{"--root", s.Root, "--arch", s.Arch}, args...)
	}
	return exec.CommandContext(ctx, "apk", args...)
}

// apk runs the base's apk and prints its output.
func (s *step) apk(ctx context.Context, args ...string) error {
	var tail bytes.Buffer
	cmd := s.command(ctx, args)
	cmd.Stdout = io.MultiWriter(s.out, &tail)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apk %s: %w%s", strings.Join(args, " "), err, cutErrors(tail.String()))
	}
	return nil
}

// output runs the base's apk and returns its output.
func (s *step) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd := s.command(ctx, args)
	cmd.Stderr = s.out
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("apk %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// maxErrorLines is how many lines of apk's output an error has.
const maxErrorLines = 20

var errorPattern = pattern.Compile(`(?m)^(WARNING|ERROR): `)

// cutErrors returns apk's output from the first warning or error on. A missing index is
// only a warning.
func cutErrors(output string) string {
	at := errorPattern().FindStringIndex(output)
	if at == nil {
		return ""
	}
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(output[at[0]:]), "\n") {
		if i == maxErrorLines {
			return out.String() + "\n…"
		}
		out.WriteString("\n" + line)
	}
	return out.String()
}

// files returns the files of packages, with their addresses and checksums.
func (s *step) files(ctx context.Context, packages []pkg, from map[string]string) ([]lock.File, error) {
	var out []lock.File
	for _, p := range packages {
		address := from[p.id()]
		if err := checkAddress(address); err != nil {
			return nil, err
		}
		sum, err := s.sum(ctx, p, address)
		if err != nil {
			return nil, err
		}
		out = append(out, lock.File{Name: p.name, Version: p.version, URL: address, SHA256: sum})
	}
	return out, nil
}

// sum returns the SHA-256 of the package's file. If apk's cache has the file, its name has
// a part of apk's checksum. Otherwise sum downloads the file.
func (s *step) sum(ctx context.Context, p pkg, address string) (string, error) {
	name := regexp.MustCompile(`^` + regexp.QuoteMeta(p.id()) + `\.[0-9a-f]{8}\.apk$`)
	entries, err := os.ReadDir(s.kept)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if name.MatchString(e.Name()) {
			return sumFile(filepath.Join(s.kept, e.Name()))
		}
	}
	fmt.Fprintln(s.out, "fetch", address)
	dt, err := download(ctx, address)
	if err != nil {
		return "", err
	}
	if err := p.check(dt); err != nil {
		return "", fmt.Errorf("%s: %w", address, err)
	}
	digest := sha256.Sum256(dt)
	return hex.EncodeToString(digest[:]), nil
}

func sumFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
