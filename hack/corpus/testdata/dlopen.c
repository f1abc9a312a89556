#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
	if (argc > 1)
		dlopen(argv[1], RTLD_NOW);
	puts("ok");
	return 0;
}
