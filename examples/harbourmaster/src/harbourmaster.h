#ifndef HARBOURMASTER_H
#define HARBOURMASTER_H

#include <stdio.h>

/* A configuration: the folder that is served, and the port. */
struct config {
	char folder[256];
	int port;
};

/* read_config reads a file with a key and a value in each line. It returns 0, or prints
 * what is wrong and returns -1. */
int read_config(const char *file, struct config *c);

/* answer reads a request and writes the file that it asks for. */
void answer(const struct config *c, FILE *in, FILE *out);

#endif
