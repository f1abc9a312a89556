//go:build e2e

package e2e

import "testing"

// deep is a program with a thread that needs a stack of a megabyte.
const deep = `#include <pthread.h>
#include <stdio.h>
#include <string.h>
static void *run(void *arg)
{
	volatile char large[1 << 20];
	for (int i = 0; i < sizeof large; i += 1024)
		large[i] = 1;
	return 0;
}
int main(void)
{
	pthread_t t;
	if (pthread_create(&t, 0, run, 0) || pthread_join(t, 0))
		return 1;
	puts("deep");
	return 0;
}
`

// TestStack: the program crashes with the stack that musl gives to a thread, and does not
// with build.stack, also when it is stripped after its verification.
func TestStack(t *testing.T) {
	file := func(keys, rest string) map[string]string {
		return map[string]string{
			"Scratchfile": syntax + "build:\n  packages: [build-base]\n" + keys + "  run: gcc -O1 -static deep.c -o deep\n" + rest,
			"deep.c":      deep,
		}
	}
	if out, err := newProject(t, file("", "binary: deep\n")).buildx().image().start(); err == nil {
		t.Errorf("without a stack it prints %q", out)
	}
	for _, binary := range []string{"binary: deep\n", "binary: {from: deep, strip: true}\n"} {
		if out := newProject(t, file("  stack: 8M\n", binary)).buildx().image().run(); out != "deep\n" {
			t.Errorf("%s prints %q", binary, out)
		}
	}
}

// TestStackThatDoesNotArrive: a linker that the build does not see makes no program
// without the declared stack.
func TestStackThatDoesNotArrive(t *testing.T) {
	newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  packages: [build-base]
  stack: 8M
  run: |
    mkdir own
    cp /usr/bin/ld own/
    gcc -Bown/ -O1 -static deep.c -o deep
binary: deep
`,
		"deep.c": deep,
	}).buildx().refused("/src/deep asks for no stack", "-Wl,-z,stack-size=", underlined("binary: deep"))
}
