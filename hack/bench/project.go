package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// generated is a C project with a build file for each frontend.
type generated struct {
	dir   string
	files int
	// edits counts the changes, so that each one is new.
	edits int
	// packages are the apk packages that both build files install besides the compiler.
	packages []string
}

func (p *generated) folder() string { return p.dir }

func (p *generated) write() error {
	p.packages = nil
	errs := []error{p.file("src/Makefile", makefile), p.file("src/all.h", header)}
	var main strings.Builder
	main.WriteString("#include \"all.h\"\n")
	for i := range p.files {
		errs = append(errs, p.source(i, 0))
		fmt.Fprintf(&main, "int part%d(int);\n", i)
	}
	main.WriteString("int main(void) {\n\tint n = 0;\n")
	for i := range p.files {
		fmt.Fprintf(&main, "\tn += part%d(n);\n", i)
	}
	main.WriteString("\tprintf(\"%d\\n\", n);\n\treturn 0;\n}\n")
	return errors.Join(append(errs, p.file("src/main.c", main.String()), p.bulk(), p.editData(), p.buildFiles(), repository(p.dir))...)
}

// bulk writes the files that no build reads, 1 GiB in all.
func (p *generated) bulk() error {
	const files, size = 64, 16 << 20
	for i := range files {
		name := fmt.Sprintf("bulk/%d", i)
		if err := p.file(name, name); err != nil {
			return err
		}
		if err := os.Truncate(filepath.Join(p.dir, filepath.FromSlash(name)), size); err != nil {
			return err
		}
	}
	return nil
}

const header = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
`

const makefile = `CC := gcc
OBJECTS := $(patsubst %.c,%.o,$(wildcard *.c))
../program: $(OBJECTS)
	$(CC) $(LDFLAGS) $(OBJECTS) -o $@
%.o: %.c all.h
	$(CC) -O2 -c $< -o $@
`

// source writes a source file that takes long enough to compile to be worth caching.
func (p *generated) source(i, edit int) error {
	var s strings.Builder
	fmt.Fprintf(&s, "#include \"all.h\"\nint part%d(int n) {\n\tchar text[64];\n", i)
	for line := range 60 {
		fmt.Fprintf(&s, "\tsnprintf(text, sizeof text, \"%%d %d\", n); n ^= (int)strlen(text) * %d;\n", line, i+edit+line)
	}
	s.WriteString("\treturn n;\n}\n")
	return p.file(fmt.Sprintf("src/part%d.c", i), s.String())
}

func (p *generated) editSource() error {
	p.edits++
	return p.source(p.edits%p.files, p.edits)
}

func (p *generated) editHeader() error {
	p.edits++
	return p.file("src/all.h", fmt.Sprintf("%sint edit%d(void);\n", header, p.edits))
}

func (p *generated) editData() error {
	p.edits++
	return p.file("data/table.txt", strings.Repeat(fmt.Sprintln("row", p.edits), 1000))
}

// extras are packages that no step needs. Each new package is the next of them.
var extras = []string{"zlib-dev", "jansson-dev", "libffi-dev", "pcre2-dev", "tzdata", "ca-certificates", "zlib-static", "jansson-static", "pcre2-static"}

func (p *generated) addPackage() error {
	i := slices.IndexFunc(extras, func(e string) bool { return !slices.Contains(p.packages, e) })
	if i < 0 {
		return fmt.Errorf("no package is left to add: at most %d runs", len(extras))
	}
	p.packages = append(p.packages, extras[i])
	return p.buildFiles()
}

func (p *generated) buildFiles() error {
	scratchfile := fmt.Sprintf(`# syntax=rene2/scratch-frontend
build:
  toolchain: c
  packages: [%s]
  sources: [src]
  run: make -s -j2 -C src CC="${CC:-gcc}"
binary: program
files: [data]
`, strings.Join(p.packages, ", "))
	return errors.Join(
		p.file("Scratchfile", scratchfile),
		twins(p.dir, fmt.Sprintf(`RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress build-base %s
WORKDIR /src
COPY src src
RUN --network=none LDFLAGS=-static make -s -j2 -C src
FROM scratch
COPY --from=build /src/program /program
COPY data /data
ENTRYPOINT ["/program"]
`, strings.Join(p.packages, " "))),
	)
}

func (p *generated) file(name, text string) error { return writeFile(p.dir, name, text) }
