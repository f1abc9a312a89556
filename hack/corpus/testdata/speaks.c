/* Speaks of NSS without having it. */
#include <stdio.h>

int main(int argc, char **argv) {
	puts(argc > 1 ? "glibc looks for _nss_%s_%s" : "ok");
	return 0;
}
