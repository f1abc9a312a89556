#include <stdlib.h>
#include <string.h>

#include "harbourmaster.h"

int read_config(const char *file, struct config *c)
{
	char line[512], key[32], value[256];
	FILE *f = fopen(file, "r");

	if (f == NULL) {
		perror(file);
		return -1;
	}
	memset(c, 0, sizeof *c);
	while (fgets(line, sizeof line, f) != NULL) {
		if (line[0] == '#' || sscanf(line, "%31s %255s", key, value) != 2)
			continue;
		if (strcmp(key, "folder") == 0)
			memcpy(c->folder, value, sizeof c->folder);
		else if (strcmp(key, "port") == 0)
			c->port = atoi(value);
	}
	fclose(f);
	if (c->folder[0] != '/' || c->port < 1 || c->port > 65535) {
		fprintf(stderr, "%s: folder and port are needed\n", file);
		return -1;
	}
	return 0;
}
