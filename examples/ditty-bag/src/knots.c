/* Knots converts kilometres an hour. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: knots KILOMETRES-AN-HOUR\n", stderr);
		return 2;
	}
	printf("%.1f knots\n", atof(argv[1]) / 1.852);
	return 0;
}
