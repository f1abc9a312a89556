#define _POSIX_C_SOURCE 200809L

#include "host.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const void *address(const struct addrinfo *ai)
{
	if (ai->ai_family == AF_INET6)
		return &((const struct sockaddr_in6 *)ai->ai_addr)->sin6_addr;
	return &((const struct sockaddr_in *)ai->ai_addr)->sin_addr;
}

int host_print(FILE *out, const char *name)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int err = getaddrinfo(name, NULL, &hints, &found);

	if (err != 0) {
		fprintf(stderr, "%s: %s\n", name, gai_strerror(err));
		return -1;
	}
	fprintf(out, "%s is at", name);
	for (const struct addrinfo *ai = found; ai != NULL; ai = ai->ai_next) {
		char text[INET6_ADDRSTRLEN];

		if (inet_ntop(ai->ai_family, address(ai), text, sizeof text) != NULL)
			fprintf(out, " %s", text);
	}
	fputc('\n', out);
	freeaddrinfo(found);
	return 0;
}
