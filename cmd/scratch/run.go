package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/containerd/continuity/fs"
	"github.com/containerd/platforms"
	"github.com/moby/sys/user"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/cmd/scratch/emptyroot"
	"github.com/rene2/scratch-frontend/cmd/scratch/ociimage"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

const runLong = `Runs the program of an image, or a program alone, in a root that has nothing else: no
loader, no shell, no /proc and no /dev. It needs no daemon, and no privileges where user
namespaces are allowed.

IMAGE is an OCI archive, a folder with an OCI layout, or a name in a registry. FILE is a
program. Arguments replace those of the image (cmd), and follow its entrypoint.

The program has the user, the folder and the variables that the image names, and the
network of this machine. From the machine it gets /etc/hosts and /etc/resolv.conf, as a
container does, where the image has none.

Exit code: that of the program; 128 and the number of the signal, if one ended it; 1 if it
can't run in an empty root; 2 if there is no image, or this machine allows no such root.`

func newRun() *cobra.Command {
	var platform string
	cmd := &cobra.Command{
		Use:   "run [flags] IMAGE|FILE [ARGUMENT...]",
		Short: "Run an image or a program in an empty root",
		Long:  runLong,
		Example: `  scratch run hello.tar
  scratch run registry.example/hello:1 --verbose
  scratch run ./a.out`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInEmptyRoot(cmd.Context(), cmd.OutOrStdout(), args[0], args[1:], platform)
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "the `platform` of the image (default: this machine's)")
	// The flags behind the image are the program's.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func runInEmptyRoot(ctx context.Context, out io.Writer, name string, args []string, platform string) (err error) {
	root, err := os.MkdirTemp("", "scratch-run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	// The user of the program must be able to enter its root.
	if err := os.Chmod(root, 0o755); err != nil {
		return err
	}
	process, err := prepareRoot(ctx, root, name, args, platform)
	if err != nil {
		return err
	}
	if err := addMachineFiles(root); err != nil {
		return err
	}
	code, err := emptyroot.Run(ctx, process)
	var start *emptyroot.StartError
	switch {
	case errors.As(err, &start):
		return explainStart(out, root, start)
	case err != nil:
		return fmt.Errorf("%w\nfix: see \"user namespaces\" of scratch doctor, or run the image with docker run", err)
	case code != 0:
		return exitCode(code)
	}
	return nil
}

// prepareRoot fills the root with the files of an image or with a program.
func prepareRoot(ctx context.Context, root, name string, args []string, platform string) (emptyroot.Process, error) {
	if isProgram(name) {
		return prepareProgram(root, name, args)
	}
	img, closeImage, err := openImage(ctx, name, platform)
	if err != nil {
		return emptyroot.Process{}, err
	}
	defer closeImage()
	if err := img.Unpack(ctx, root); err != nil {
		return emptyroot.Process{}, fmt.Errorf("unpack %s: %w", name, err)
	}
	return imageProcess(root, img.Config.Config, args)
}

// openImage opens an image for a platform, which may be empty.
func openImage(ctx context.Context, name, platform string) (*ociimage.Image, func() error, error) {
	var want *ocispecs.Platform
	if platform != "" {
		p, err := platforms.Parse(platform)
		if err != nil {
			return nil, nil, fmt.Errorf("--platform: %w", err)
		}
		p = platforms.Normalize(p)
		want = &p
	}
	blobs, closeBlobs, err := ociimage.Open(name)
	if err != nil {
		return nil, nil, err
	}
	img, err := ociimage.Read(ctx, blobs, want)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", name, err), closeBlobs())
	}
	return img, closeBlobs, nil
}

func isProgram(name string) bool {
	if requireRegular(name) != nil {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "\x7fELF"
}

func prepareProgram(root, name string, args []string) (emptyroot.Process, error) {
	file := "/" + filepath.Base(name)
	in, err := os.Open(name)
	if err != nil {
		return emptyroot.Process{}, err
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(root, file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return emptyroot.Process{}, err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return emptyroot.Process{}, err
	}
	return emptyroot.Process{Root: root, Args: append([]string{file}, args...), Dir: "/", UID: nobody, GID: nobody}, nil
}

// nobody is the user of a program without an image.
const nobody = 65532

// maxUsers is how much of an image's lists of users and of groups is read, in bytes.
const maxUsers = 16 << 20

// imageProcess returns the process that a container of the image starts with.
func imageProcess(root string, config ocispecs.ImageConfig, args []string) (emptyroot.Process, error) {
	p := emptyroot.Process{Root: root, Env: config.Env, Dir: filepath.Join("/", config.WorkingDir)}
	if len(args) == 0 {
		args = config.Cmd
	}
	if p.Args = append(slices.Clone(config.Entrypoint), args...); len(p.Args) == 0 {
		return p, errors.New("the image names no program: it has neither an entrypoint nor a cmd\nfix: name one behind the image")
	}
	if !slices.ContainsFunc(p.Env, func(v string) bool { return strings.HasPrefix(v, "PATH=") }) {
		p.Env = append(slices.Clone(p.Env), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	var lists [2]io.Reader
	for i, name := range []string{"/etc/passwd", "/etc/group"} {
		file, err := fs.RootPath(root, name)
		if err != nil {
			return p, err
		}
		data, err := readFile(file, maxUsers)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return p, fmt.Errorf("%s of the image: %w", name, err)
		}
		lists[i] = bytes.NewReader(data)
	}
	found, err := user.GetExecUser(config.User, nil, lists[0], lists[1])
	if err != nil {
		return p, fmt.Errorf("the user %q of the image: %w", config.User, err)
	}
	p.UID, p.GID, p.Groups = found.Uid, found.Gid, found.Sgids
	dir, err := fs.RootPath(root, p.Dir)
	if err != nil {
		return p, err
	}
	return p, os.MkdirAll(dir, 0o755)
}

// addMachineFiles gives the root the files that each container gets from its machine.
func addMachineFiles(root string) error {
	for _, name := range []string{"/etc/hosts", "/etc/resolv.conf"} {
		to, err := fs.RootPath(root, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			continue // the machine has none
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// explainStart says why a program can't run in an empty root. For a program whose loader is
// missing, the kernel says that the program is.
func explainStart(out io.Writer, root string, start *emptyroot.StartError) error {
	report, err := verify.Path(root, start.Path, verify.Options{Platform: builderPlatform()})
	if err != nil || report.OK() && !errors.Is(start.Err, syscall.EACCES) {
		return errors.Join(start, err)
	}
	report.Path = start.Path
	if err := printText(out, remedy.New(report)); err != nil {
		return err
	}
	fmt.Fprintf(out, "%v\n", start)
	return errNo
}
