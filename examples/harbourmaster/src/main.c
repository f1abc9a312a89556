/* Harbourmaster serves the files of a folder by HTTP, one request after the other. */
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harbourmaster.h"

static int listen_at(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
	    bind(s, (struct sockaddr *)&at, sizeof at) < 0 || listen(s, 16) < 0) {
		perror("harbourmaster: listen");
		return -1;
	}
	return s;
}

/* check says if the service could start here. */
static int check(const struct config *c)
{
	const struct passwd *user = getpwuid(getuid());

	if (user == NULL) {
		fprintf(stderr, "harbourmaster: /etc/passwd has no user %d\n", (int)getuid());
		return 1;
	}
	if (access(user->pw_dir, W_OK) < 0) {
		perror(user->pw_dir);
		return 1;
	}
	if (listen_at(c->port) < 0)
		return 1;
	printf("%s may write to %s and listens at port %d\n", user->pw_name, user->pw_dir, c->port);
	return 0;
}

static int serve(const struct config *c)
{
	int s = listen_at(c->port);

	while (s >= 0) {
		int ship = accept(s, NULL, NULL);
		FILE *in = ship < 0 ? NULL : fdopen(ship, "r");
		FILE *out = in == NULL ? NULL : fdopen(dup(ship), "w");

		if (out != NULL) {
			answer(c, in, out);
			fclose(out);
		}
		if (in != NULL)
			fclose(in);
		else if (ship >= 0)
			close(ship);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct config c;
	const char *what = argc > 1 ? argv[1] : "";

	if (read_config("/etc/harbourmaster.conf", &c) < 0)
		return 1;
	if (strcmp(what, "--check") == 0)
		return check(&c);
	if (strcmp(what, "--once") == 0) {
		answer(&c, stdin, stdout);
		return 0;
	}
	if (argc > 1) {
		fprintf(stderr, "usage: harbourmaster [--check | --once]\n");
		return 2;
	}
	return serve(&c);
}
