/*
 * A harbour office that fits in an empty image: it greets, looks up a host,
 * keeps its ships in a GLib list and reads them from a JSON file.
 *
 *   harbour [DATA-FILE [HOST]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "ships.h"

int main(int argc, char **argv)
{
	const char *data = argc > 1 ? argv[1] : "/data/ships.json";
	const char *host = argc > 2 ? argv[2] : "localhost";

	puts("Welcome aboard: no libc, no loader, no shell in this image.");

	if (host_print(stdout, host) != 0)
		return EXIT_FAILURE;

	GList *ships = NULL;
	if (ships_read(data, &ships) != 0)
		return EXIT_FAILURE;
	ships_print(stdout, ships);
	ships_free(ships);
	return EXIT_SUCCESS;
}
