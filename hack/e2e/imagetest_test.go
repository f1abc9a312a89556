//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// probe prints what a process of the image finds around it.
const probe = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ifaddrs.h>
int main(int argc, char **argv) {
	char line[100] = "", cwd[100];
	if (argc > 1 && !strcmp(argv[1], "fail")) { puts("so far"); fputs("broken pipe dreams\n", stderr); return 3; }
	if (argc > 1 && !strcmp(argv[1], "hang")) { puts("waiting"); fflush(stdout); for (;;) pause(); }
	if (argc > 1 && !strcmp(argv[1], "crash")) abort();
	if (fgets(line, sizeof line, stdin)) printf("stdin=%s", line);
	printf("uid=%d gid=%d cwd=%s mode=%s\n", getuid(), getgid(), getcwd(cwd, sizeof cwd), getenv("MODE"));
	struct ifaddrs *all = 0;
	getifaddrs(&all);
	for (struct ifaddrs *i = all; i; i = i->ifa_next) printf("if=%s\n", i->ifa_name);
	return 0;
}
`

func probeFile(tests string) string {
	return syntax + `build:
  packages: [build-base]
  run: gcc -static probe.c -o probe
binary: probe
files: [script, {from: dynamic, unverified: true}]
image: {env: {MODE: prod}, user: "123:456", workdir: /data}
test:
` + tests
}

// dynamicLoader is the loader of this system's /bin/true.
const dynamicLoader = "/lib64/ld-linux-x86-64.so.2"

func TestImageTests(t *testing.T) {
	p := newProject(t, map[string]string{
		"probe.c":     probe,
		"script":      "#!/bin/sh\n",
		"dynamic":     "",
		"Scratchfile": "",
	})
	p.write("script", "#!/bin/sh\n", 0o755)
	p.copyFrom("dynamic", "/bin/true")

	for _, tc := range []struct {
		name  string
		tests string
		want  []string // of a refusal; none means that the image is made
	}{
		{name: "surroundings", tests: `  - run: [/probe]
    stdin: |
      a line
    stdout: '(?s)^stdin=a line\nuid=123 gid=456 cwd=/data mode=prod\n(if=lo\n)*$'
`},
		{name: "expected failure", tests: "  - {run: [/probe, fail], exit: 3, stderr: 'broken .* dreams'}\n"},
		{name: "by name", tests: "  - {run: [probe], exit: 1}\n", want: []string{underlined("  - {run: [probe], exit: 1}"), "full path"}},
		{
			name: "exit code", tests: "  - {run: [/probe, fail]}\n",
			want: []string{underlined("  - {run: [/probe, fail]}"), "exit code 3, not 0", "so far", "broken pipe dreams"},
		},
		{
			name: "stdout", tests: "  - {run: [/probe], stdout: hullo}\n",
			want: []string{underlined("  - {run: [/probe], stdout: hullo}"), `no match for "hullo"`, "uid=123"},
		},
		{
			name: "stderr", tests: "  - {run: [/probe], stderr: oops}\n",
			want: []string{"standard error", "empty"},
		},
		{
			name: "timeout", tests: "  - {run: [/probe, hang], timeout: 200ms}\n",
			want: []string{underlined("  - {run: [/probe, hang], timeout: 200ms}"), "stopped after 200ms", "waiting"},
		},
		{
			name: "signal", tests: "  - {run: [/probe, crash]}\n",
			want: []string{"signal: aborted"},
		},
		{
			name: "missing loader", tests: "  - {run: [/dynamic]}\n",
			want: []string{underlined("  - {run: [/dynamic]}"), "what is missing is its loader", dynamicLoader},
		},
		{
			name: "script", tests: "  - {run: [/script]}\n",
			want: []string{"what is missing is its loader", "/bin/sh"},
		},
		{
			name: "no such file", tests: "  - {run: [/none]}\n",
			want: []string{"the image has no such file"},
		},
		{
			name: "one of two", tests: "  - {run: [/probe]}\n  - {run: [/probe, fail]}\n",
			want: []string{underlined("  - {run: [/probe, fail]}")},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &project{t: t, dir: p.dir}
			p.write("Scratchfile", probeFile(tc.tests), 0o644)
			o := p.buildx()
			if tc.want != nil {
				o.refused(tc.want...)
				return
			}
			for _, f := range o.image().files() {
				if strings.Contains(f, "scratch-frontend") {
					t.Errorf("the test left %s in the image", f)
				}
			}
		})
	}
}
