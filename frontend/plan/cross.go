package plan

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// A build that compiles for another platform runs in the base for the builder's platform.
// The packages of the target are in a root of their own, the sysroot, which the base's apk
// makes: no program of the target runs.

const (
	sysrootDir = toolchain.SysrootDir
	// sysrootBeside is where steps have the sysroot that have the frontend's own program at
	// the usual place, which is read-only.
	sysrootBeside = "/.scratch-frontend-sysroot"
	// emptyScript makes a root with the repositories of the base and no packages. Its first
	// argument is the architecture. A base trusts the keys of its own architecture, and has
	// those of all below /usr/share.
	emptyScript = `to=` + sysrootDir + `/etc/apk; mkdir -p $to/keys && ` +
		`for from in /etc/apk/keys /etc/apk/repositories*; do [ ! -e $from ] || cp -RL $from $to; done && ` +
		`for key in /usr/share/apk/keys/$1/*; do [ ! -e $key ] || cp -L $key $to/keys; done && ` +
		`apk add --root ` + sysrootDir + ` --arch $1 --initdb --no-scripts --no-network --repositories-file /dev/null || ` + apktools.OnFailure
)

// onFailure makes a script end with the exit code of a failure that its output explains.
var onFailure = fmt.Sprintf("trap '[ $? = 0 ] || exit %d' EXIT; ", apktools.Failed)

// runsOn returns the platform of the base, on which the commands of the build run.
func (p *planner) runsOn() ocispecs.Platform { return RunsOn(p.sf, p.opt.Platform) }

// RunsOn returns the platform on which the commands of a build for a platform run. The base
// is for that platform.
func RunsOn(sf *spec.Scratchfile, target ocispecs.Platform) ocispecs.Platform {
	if c := sf.Build.Cross; c != nil {
		if p, err := platforms.Parse(c.Build); err == nil {
			return p
		}
	}
	return target
}

// sysroot returns the root with the packages of the target; zero if there are none.
func (p *planner) sysroot() Ref {
	pkgs := p.sf.Build.PackagesFor(spec.ForTarget)
	if len(pkgs) == 0 {
		return Ref{}
	}
	in := newInstall(values(pkgs), ranges(pkgs))
	in.Arch = p.sf.Build.Cross.Target.Arch
	return Ref{p.add(p.installStep(in)).Step, sysrootDir}
}

// emptySysroot returns a root for an architecture without packages.
func (p *planner) emptySysroot(arch string) Ref {
	ref := p.once("sysroot", Step{Kind: KindPackages, Title: "a root for " + arch, Exec: &Exec{
		Args: []string{shell, "-c", emptyScript, "apk", arch}, Dir: "/", Root: p.base(), Mounts: []Mount{{At: sysrootDir}},
	}})
	ref.Path = sysrootDir
	return ref
}

// compiler returns the root of the build with a C compiler for the target, and with the
// files by which build systems know it.
func (p *planner) compiler(tools Ref) Ref {
	target, at := p.sf.Build.Cross.Target, ranges(p.sf.Build.Toolchains)
	root := p.add(Step{
		Kind: KindPackages, Title: "clang for " + target.Triple, Ranges: at,
		Exec: &Exec{Args: []string{shell, "-c", onFailure + target.CompilerScript()}, Dir: "/", Root: tools},
	})
	files := &Files{On: root}
	texts := target.Files(p.sf.Build.Workdir.Value)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		files.Ops = append(files.Ops,
			FileOp{To: path.Dir(name), Folder: true, Perm: 0o755}, FileOp{To: name, Text: &text, Perm: 0o644})
	}
	return p.add(Step{Kind: KindPackages, Title: "CMake and Meson for " + target.Triple, Ranges: at, Files: files})
}
