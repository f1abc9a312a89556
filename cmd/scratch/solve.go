package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/lock"
)

// solveFlags are the flags of all commands that build on a daemon. Their values have
// buildctl's form. Only contexts have that of docker buildx.
type solveFlags struct {
	scratchfileFlags

	builder   builderFlags
	progress  string
	platforms []string
	contexts  []string
	secrets   []string
	ssh       []string
	cacheFrom []string
	cacheTo   []string
	opts      []string
}

func (s *solveFlags) add(cmd *cobra.Command) {
	s.scratchfileFlags.add(cmd)
	f := cmd.Flags()
	s.builder.add(cmd)
	f.StringVar(&s.progress, "progress", string(progressui.AutoMode), "`how` to show progress: "+strings.Join(progressModes, ", "))
	complete(cmd, "progress", progressModes)
	f.StringSliceVar(&s.platforms, "platform", nil, "`platforms` to build for (default: the builder's)")
	f.StringArrayVar(&s.contexts, "build-context", nil, "another build context, `NAME=PATH` or NAME=oci-layout://…, docker-image://…, https://…; can be given again")
	f.StringArrayVar(&s.secrets, "secret", nil, "a `secret` of the build: id=ID[,src=FILE|,env=NAME]; can be given again")
	f.StringArrayVar(&s.ssh, "ssh", nil, "an SSH `agent` of the build: ID[=SOCKET|=KEY]; can be given again")
	f.StringArrayVar(&s.cacheFrom, "cache-from", nil, "a `cache` to read: type=registry,ref=…; can be given again")
	f.StringArrayVar(&s.cacheTo, "cache-to", nil, "a `cache` to write: type=registry,ref=…,mode=max; can be given again")
	f.StringArrayVar(&s.opts, "opt", nil, "what else to ask of the frontend, `KEY=VALUE`, such as label:NAME=VALUE or no-cache=; can be given again")
}

// progressModes are the values of --progress.
var progressModes = []string{"auto", "plain", "tty", "quiet", "rawjson"}

// context returns the folder of the build context, which is the first argument or else the
// current folder. Without --file, the Scratchfile is in it.
func (s *solveFlags) context(cmd *cobra.Command, args []string) string {
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	if !cmd.Flags().Changed("file") {
		s.file = filepath.Join(dir, frontend.DefaultFilename)
	}
	return dir
}

// solve builds a target of the Scratchfile from the folder dir and shows the progress.
// The frontend runs in this program. If the build fails, solve prints the reason.
func (s *solveFlags) solve(ctx context.Context, stderr io.Writer, dir, target string, exports []client.ExportEntry) error {
	// A build takes some 30 MB in all. To collect garbage takes longer than it saves.
	debug.SetGCPercent(800)
	// The files may be missing: a remote build context has its own.
	for _, file := range []string{s.file, s.file + lock.Suffix} {
		if err := requireRegular(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	own, err := findPrograms()
	if err != nil {
		return err
	}
	// To ask git takes as long as to connect.
	origin := map[string]string{}
	var located errgroup.Group
	located.Go(func() error { return addOrigin(ctx, origin, dir, s.file) })
	defer located.Wait()
	folders := s.folders(own, dir)
	opt, err := s.request(ctx, stderr, folders, target)
	if err != nil {
		return err
	}
	opt.Exports = exports
	display, err := progressui.NewDisplay(findTerminal(stderr), progressui.DisplayMode(s.progress))
	if err != nil {
		return fmt.Errorf("--progress: %w; it is one of %s", err, strings.Join(progressModes, ", "))
	}
	daemon, err := s.connect(ctx, stderr)
	if err := cmp.Or(err, located.Wait()); err != nil {
		if daemon != nil {
			err = errors.Join(err, daemon.Close())
		}
		return err
	}
	defer daemon.Close()
	maps.Copy(origin, opt.FrontendAttrs)
	opt.FrontendAttrs = origin
	statuses := make(chan *client.SolveStatus)
	var eg errgroup.Group
	eg.Go(func() error {
		_, err := daemon.Build(ctx, opt, "scratch", process{own, folders}.build, statuses)
		return err
	})
	eg.Go(func() error {
		// The display ends with the build and not with the context, so that it shows the
		// last messages.
		warnings, err := display.UpdateFrom(context.WithoutCancel(ctx), printable(statuses))
		return errors.Join(err, s.warn(stderr, warnings))
	})
	if err := eg.Wait(); err != nil {
		return answer(stderr, explainEnd(ctx, daemon, err))
	}
	return nil
}

// explainEnd explains the error of a build that a signal or the end of its builder has cut off.
// Any other error stays as it is, also if a signal comes with it.
func explainEnd(ctx context.Context, daemon *client.Client, err error) error {
	lost := grpcerrors.Code(err) == codes.Unavailable
	if ctx.Err() != nil && (lost || grpcerrors.Code(err) == codes.Canceled || errors.Is(err, context.Canceled)) {
		return fmt.Errorf("the build is not finished: %w", context.Cause(ctx))
	}
	if !lost {
		return err
	}
	if _, gone := daemon.ListWorkers(ctx); gone != nil {
		return fmt.Errorf("the builder has ended, and the build is not finished: %w\nfix: build again; if it ends again, its log says why: that of an embedded one is the file log in the folder of its state", err)
	}
	return err
}

// connect connects to the builder and says which one it is, before anything else.
func (s *solveFlags) connect(ctx context.Context, stderr io.Writer) (*client.Client, error) {
	daemon, name, err := s.builder.connect(ctx)
	if err == nil && s.isForPeople() {
		fmt.Fprintln(stderr, "builder:", name)
	}
	return daemon, err
}

// isForPeople reports whether the output is text. In quiet mode there is none, and in JSON
// mode it contains all that is said.
func (s *solveFlags) isForPeople() bool {
	mode := progressui.DisplayMode(s.progress)
	return mode != progressui.QuietMode && mode != progressui.RawJSONMode
}

// warn prints the warnings.
func (s *solveFlags) warn(stderr io.Writer, warnings []client.VertexWarning) error {
	if !s.isForPeople() {
		return nil
	}
	return printWarnings(stderr, s.file, warnings)
}

// request returns the build request for the daemon, without its origin.
func (s *solveFlags) request(ctx context.Context, stderr io.Writer, folders map[string]string, target string) (client.SolveOpt, error) {
	var out client.SolveOpt
	contexts, err := parseContexts(ctx, s.contexts)
	if err != nil {
		return out, err
	}
	out.FrontendAttrs, out.LocalMounts, out.OCIStores = contexts.attrs, contexts.locals, contexts.stores
	for name, folder := range folders {
		if out.LocalMounts[name], err = openFolder(folder); err != nil {
			return out, err
		}
	}
	if err := s.attrs(out.FrontendAttrs, target); err != nil {
		return out, err
	}
	if out.CacheImports, err = build.ParseImportCache(s.cacheFrom); err != nil {
		return out, fmt.Errorf("--cache-from: %w", err)
	}
	if out.CacheExports, err = build.ParseExportCache(s.cacheTo); err != nil {
		return out, fmt.Errorf("--cache-to: %w", err)
	}
	out.Session, err = s.session(stderr)
	return out, err
}

// folders returns the folders of this machine that a build reads, by the names of their local
// sources. dockerui names those of the build context and of the Scratchfile.
func (s *solveFlags) folders(own programs, dir string) map[string]string {
	out := own.folders()
	out["context"], out["dockerfile"] = dir, filepath.Dir(s.file)
	return out
}

// attrs sets the request options that dockerui reads.
func (s *solveFlags) attrs(attrs map[string]string, target string) error {
	attrs["filename"] = filepath.Base(s.file)
	attrs["target"] = target
	if len(s.platforms) > 0 {
		attrs["platform"] = strings.Join(s.platforms, ",")
	}
	// ParseOpt also reads SOURCE_DATE_EPOCH from the environment. A build arg replaces
	// it.
	more, err := build.ParseOpt(s.opts)
	if err != nil {
		return fmt.Errorf("--opt: %w", err)
	}
	maps.Copy(attrs, more)
	for name, value := range buildArgs(s.buildArgs) {
		attrs["build-arg:"+name] = value
	}
	return nil
}

// session returns what a build may ask this machine for: logins to registries, secrets
// and SSH agents.
func (s *solveFlags) session(stderr io.Writer) ([]session.Attachable, error) {
	out := []session.Attachable{authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
		AuthConfigProvider: authprovider.LoadAuthConfig(config.LoadDefaultConfigFile(stderr)),
	})}
	if err := requireSecretFiles(s.secrets); err != nil {
		return nil, fmt.Errorf("--secret: %w", err)
	}
	secrets, err := build.ParseSecret(s.secrets)
	if err != nil {
		return nil, fmt.Errorf("--secret: %w", err)
	}
	out = append(out, secrets)
	if len(s.ssh) == 0 {
		return out, nil
	}
	configs, err := build.ParseSSH(s.ssh)
	if err != nil {
		return nil, fmt.Errorf("--ssh: %w", err)
	}
	agent, err := sshprovider.NewSSHAgentProvider(configs)
	if err != nil {
		return nil, fmt.Errorf("--ssh: %w", err)
	}
	return append(out, agent), nil
}

// answer prints why a build failed, with the lines of the Scratchfile that the error is
// about.
func answer(stderr io.Writer, err error) error {
	for _, source := range errdefs.Sources(err) {
		if printErr := source.Print(stderr); printErr != nil {
			return printErr
		}
	}
	fmt.Fprintf(stderr, "ERROR: %s\n", inWords(err))
	return errNo
}
