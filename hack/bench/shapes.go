package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// product is a project with several programs and tests: two programs that are shipped, of
// objects that they share, and eight tools that are only linked.
type product struct {
	dir   string
	edits int
}

func (p *product) folder() string { return p.dir }

func (p *product) write() error {
	const steps = `RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress build-base
WORKDIR /src
COPY src src
RUN --network=none LDFLAGS=-static make -s -j2 -C src
FROM scratch
COPY --from=build /src/server /server
COPY --from=build /src/client /client
RUN ["/server", "1"]
RUN ["/client", "2"]
RUN ["/client", "3"]
ENTRYPOINT ["/server"]
`
	const scratchfile = `# syntax=rene2/scratch-frontend
build:
  toolchain: c
  sources: [src]
  run: make -s -j2 -C src
binary: [server, client]
image: {entrypoint: [/server]}
test:
  - {run: [/server, "1"], stdout: "1"}
  - {run: [/client, "2"], stdout: "2"}
  - {run: [/client, "3"], stdout: "3"}
`
	const makefile = `PROGRAMS := $(addprefix ../,server client) $(addprefix ../tool,1 2 3 4 5 6 7 8)
OBJECTS := $(patsubst %.c,%.o,$(wildcard part*.c))
all: $(PROGRAMS)
$(PROGRAMS): $(OBJECTS) main.o
	gcc $(LDFLAGS) main.o $(OBJECTS) -o $@
%.o: %.c
	gcc -O2 -c $< -o $@
`
	const parts = 40
	var main strings.Builder
	main.WriteString("#include <stdio.h>\n")
	for i := range parts {
		fmt.Fprintf(&main, "int part%d(int);\n", i)
	}
	main.WriteString("int main(int n, char **args) {\n\tprintf(\"%s\\n\", n > 1 ? args[1] : \"\");\n\treturn 0 *(0")
	for i := range parts {
		fmt.Fprintf(&main, " + part%d(n)", i)
	}
	main.WriteString(");\n}\n")
	errs := []error{
		writeFile(p.dir, "src/Makefile", makefile), writeFile(p.dir, "src/main.c", main.String()),
		writeFile(p.dir, "Scratchfile", scratchfile), twins(p.dir, steps), repository(p.dir),
	}
	for i := range parts {
		errs = append(errs, p.part(i))
	}
	return errors.Join(errs...)
}

func (p *product) part(i int) error {
	return writeFile(p.dir, fmt.Sprintf("src/part%d.c", i), fmt.Sprintf("int part%d(int n) { return n + %d; }\n", i, p.edits))
}

func (p *product) edit() error {
	p.edits++
	return p.part(0)
}

// seed is the project of the demo, which links GLib and jansson. Its program is stripped and
// packed.
type seed struct {
	dir string
	// root is the folder of this repository.
	root  string
	edits int
}

func (p *seed) folder() string { return p.dir }

func (p *seed) write() error {
	const (
		compile = "gcc -static -Os -Wall src/*.c -o harbour $(pkg-config --static --cflags --libs glib-2.0 jansson)"
		steps   = `RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress gcc musl-dev pkgconf glib-dev glib-static jansson-dev jansson-static binutils upx
WORKDIR /src
COPY src src
RUN --network=none ` + compile + ` && strip harbour && upx -q harbour
FROM scratch
COPY data /data
COPY --from=build /src/harbour /harbour
ENTRYPOINT ["/harbour"]
USER 65532:65532
`
		scratchfile = `# syntax=rene2/scratch-frontend
build:
  packages: [gcc, musl-dev, pkgconf, glib-dev, glib-static, jansson-dev, jansson-static]
  sources: [src]
  run: ` + compile + `
binary: {from: harbour, strip: true, compress: upx}
files: [data]
image: {user: 65532:65532}
`
	)
	return errors.Join(
		os.RemoveAll(p.dir),
		os.CopyFS(p.dir, os.DirFS(filepath.Join(p.root, "examples", "from-scratch"))),
		writeFile(p.dir, "Scratchfile", scratchfile), twins(p.dir, steps), repository(p.dir),
	)
}

// edit adds a variable to a source file.
func (p *seed) edit() error {
	p.edits++
	return addVariable(filepath.Join(p.dir, "src", "ships.c"), p.edits)
}

// site is a project with one source file and many files of data.
type site struct {
	dir   string
	files int
	// named is set if the build files name every file, and not their folder.
	named bool
	edits int
}

func (p *site) folder() string { return p.dir }

func (p *site) write() error {
	places := []string{"data"}
	if p.named {
		places = nil
		for i := range p.files {
			places = append(places, p.name(i))
		}
	}
	scratchfile := `# syntax=rene2/scratch-frontend
build: {packages: [build-base], sources: [src], run: gcc -static src/main.c -o program}
binary: program
files:
`
	steps := `RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress build-base
WORKDIR /src
COPY src src
RUN --network=none gcc -static src/main.c -o program
FROM scratch
COPY --from=build /src/program /program
ENTRYPOINT ["/program"]
`
	for _, place := range places {
		scratchfile += fmt.Sprintf("  - {from: %[1]s, to: /%[1]s}\n", place)
		steps += fmt.Sprintf("COPY %[1]s /%[1]s\n", place)
	}
	errs := []error{
		writeFile(p.dir, "src/main.c", "int main(void) { return 0; }\n"),
		writeFile(p.dir, "Scratchfile", scratchfile), twins(p.dir, steps), repository(p.dir),
	}
	for i := range p.files {
		errs = append(errs, p.page(i))
	}
	return errors.Join(errs...)
}

func (p *site) name(i int) string { return fmt.Sprintf("data/%d/%d.html", i%20, i) }

func (p *site) page(i int) error {
	return writeFile(p.dir, p.name(i), fmt.Sprintf("<p>%d, edit %d\n", i, p.edits))
}

func (p *site) edit() error {
	p.edits++
	return p.page(0)
}
