package detect

import (
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

var (
	autoconfComment = pattern.Compile(`(?m)(^|\s)(dnl\b|#).*$`)
	autoconfInit    = pattern.Compile(`AC_INIT\(\s*\[?([A-Za-z0-9_.+-]*)`)
	autoconfModules = pattern.Compile(`PKG_(?:CHECK_MODULES(?:_STATIC)?|CHECK_EXISTS)\(\s*(?:\[?[A-Za-z0-9_]+\]?\s*,)?\s*\[?([^\],)]*)`)
	autoconfLibs    = pattern.Compile(`AC_(?:CHECK_LIB\(\s*\[?([A-Za-z0-9_.+-]+)|SEARCH_LIBS\(\s*\[?[A-Za-z0-9_]+\]?\s*,\s*\[?([A-Za-z0-9_.+ -]+))`)
	automakeInstall = pattern.Compile(`(?m)^\s*(?:bin|sbin|libexec)_PROGRAMS\s*\+?=\s*(.*)$`)
	automakeOthers  = pattern.Compile(`(?m)^\s*noinst_PROGRAMS\s*\+?=\s*(.*)$`)
)

// autotoolsPackages are packages by the macro that needs them.
var autotoolsPackages = []struct{ macro, pkg string }{
	{"LT_INIT", "libtool"},
	{"AC_PROG_LIBTOOL", "libtool"},
	{"AM_PROG_LIBTOOL", "libtool"},
	{"AM_GNU_GETTEXT", "gettext-dev"},
	{"AX_", "autoconf-archive"},
	{"AC_PROG_LEX", "flex"},
	{"AM_PROG_LEX", "flex"},
	{"AC_PROG_YACC", "bison"},
}

func proposeAutotools(t *tree, dir, file string) *proposal {
	text := ""
	if path.Base(file) != "configure" {
		text = autoconfComment().ReplaceAllString(t.text(file), "")
	}
	p := &proposal{toolchain: cToolchain(t, dir)}
	if found := autoconfInit().FindStringSubmatch(text); found != nil {
		p.name = found[1]
	}
	if strings.Contains(text, "AC_PROG_CXX") {
		p.toolchain = []string{"c++"}
	}
	libtool := t.has(path.Join(dir, "ltmain.sh"))
	for _, row := range autotoolsPackages {
		if strings.Contains(text, row.macro) {
			libtool = libtool || row.pkg == "libtool"
			p.packages = append(p.packages, row.pkg)
		}
	}
	configure := path.Join(dir, "configure")
	switch {
	case !t.has(configure):
		p.packages = append(p.packages, "autoconf", "automake")
		p.run = append(p.run, "autoreconf -fi", "./configure --disable-shared")
	case t.exec[configure]:
		p.packages = nil // they have made it
		p.run = append(p.run, "./configure --disable-shared")
	default:
		p.packages = nil
		p.run = append(p.run, "sh ./configure --disable-shared")
	}
	compile := `make -j"$(nproc)"`
	if libtool {
		// libtool takes -static for itself, and links the program dynamically.
		compile += " LDFLAGS=-all-static"
	}
	p.run = append(p.run, compile)
	programs := automakePrograms(t, dir)
	if len(programs) == 0 && t.has(path.Join(dir, "Makefile.in")) {
		m := &makeProject{tree: t, dir: dir}
		m.file(".", "Makefile.in", 0)
		programs = m.programs
	}
	p.programs(programs)
	for _, found := range autoconfModules().FindAllStringSubmatch(text, 1000) {
		p.link(moduleNames(found[1]))
	}
	for _, found := range autoconfLibs().FindAllStringSubmatch(text, 1000) {
		p.link(strings.Fields(found[1] + " " + found[2])[:1])
	}
	return p
}

// automakePrograms returns the programs to install, or else all.
func automakePrograms(t *tree, dir string) []string {
	var install, others []string
	read := 0
	for _, file := range t.below(dir) {
		if path.Base(file) != "Makefile.am" || read == maxBuildFiles {
			continue
		}
		read++
		folder := below(dir, path.Dir(file))
		text := strings.ReplaceAll(t.text(file), "\\\n", " ")
		for list, lines := range map[*[]string][][]string{
			&install: automakeInstall().FindAllStringSubmatch(text, 1000),
			&others:  automakeOthers().FindAllStringSubmatch(text, 1000),
		} {
			for _, line := range lines {
				names, _, _ := strings.Cut(line[1], "#")
				for name := range strings.FieldsSeq(names) {
					*list = append(*list, within(folder, strings.TrimSuffix(name, "$(EXEEXT)")))
				}
			}
		}
	}
	if len(install) > 0 {
		return install
	}
	return others
}
