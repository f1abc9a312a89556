#include <string.h>

#include "harbourmaster.h"

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && strcmp(dot, ".html") == 0)
		return "text/html";
	if (dot != NULL && strcmp(dot, ".css") == 0)
		return "text/css";
	return "text/plain";
}

/* open_asked opens the file of a request line. No name leads out of the folder. */
static FILE *open_asked(const struct config *c, const char *asked, char *path, size_t size)
{
	if (asked[0] != '/' || strstr(asked, "..") != NULL)
		return NULL;
	if (strcmp(asked, "/") == 0)
		asked = "/index.html";
	snprintf(path, size, "%s%s", c->folder, asked);
	return fopen(path, "r");
}

void answer(const struct config *c, FILE *in, FILE *out)
{
	char line[1024], asked[256], path[600], block[4096];
	size_t n;
	FILE *f = NULL;

	if (fgets(line, sizeof line, in) != NULL && sscanf(line, "GET %255s", asked) == 1)
		f = open_asked(c, asked, path, sizeof path);
	while (fgets(line, sizeof line, in) != NULL && strcmp(line, "\r\n") != 0)
		; /* the headers say nothing that is needed */
	if (f == NULL) {
		fputs("HTTP/1.0 404 Not Found\r\n\r\nno such page\n", out);
		return;
	}
	fprintf(out, "HTTP/1.0 200 OK\r\nContent-Type: %s\r\n\r\n", type_of(path));
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		fwrite(block, 1, n, out);
	fclose(f);
}
