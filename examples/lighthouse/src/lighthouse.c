/* Lighthouse answers one request for a page of a web bundle, as a CGI program does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *type_of(const char *page)
{
	const char *dot = strrchr(page, '.');

	return dot != NULL && strcmp(dot, ".css") == 0 ? "text/css" : "text/html";
}

int main(int argc, char **argv)
{
	const char *folder = getenv("LIGHTHOUSE_FOLDER");
	char path[512], block[4096];
	size_t n;
	FILE *f;

	if (argc != 2 || folder == NULL) {
		fputs("usage: LIGHTHOUSE_FOLDER=FOLDER lighthouse /PAGE\n", stderr);
		return 2;
	}
	snprintf(path, sizeof path, "%s%s", folder, strcmp(argv[1], "/") == 0 ? "/index.html" : argv[1]);
	f = strstr(path, "..") == NULL ? fopen(path, "r") : NULL;
	if (f == NULL) {
		fputs("Status: 404\r\n\r\nno such page\n", stdout);
		return 1;
	}
	printf("Content-Type: %s\r\n\r\n", type_of(path));
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		fwrite(block, 1, n, stdout);
	fclose(f);
	return 0;
}
