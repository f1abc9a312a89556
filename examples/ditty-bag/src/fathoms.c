/* Fathoms converts metres. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: fathoms METRES\n", stderr);
		return 2;
	}
	printf("%.1f fathoms\n", atof(argv[1]) / 1.8288);
	return 0;
}
