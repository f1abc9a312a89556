/* Looks up hosts. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
	struct addrinfo *a, hints;
	memset(&hints, 0, sizeof hints);
	if (argc > 1)
		printf("%d\n", getaddrinfo(argv[1], "http", &hints, &a));
	puts("ok");
	return 0;
}
