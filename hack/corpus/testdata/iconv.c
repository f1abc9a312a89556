/* Converts between character sets, for which glibc loads modules. */
#include <iconv.h>
#include <stdio.h>

int main(int argc, char **argv) {
	if (argc > 2)
		iconv_open(argv[1], argv[2]);
	puts("ok");
	return 0;
}
