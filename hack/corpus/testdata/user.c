/* Looks up users. */
#include <pwd.h>
#include <stdio.h>

int main(int argc, char **argv) {
	if (argc > 1)
		puts(getpwnam(argv[1])->pw_dir);
	puts("ok");
	return 0;
}
