#ifndef SHIPS_H
#define SHIPS_H

#include <stdio.h>

#include <glib.h>

/*
 * Reads the ships of a JSON file into a list, heaviest first. 0, or -1 after a
 * message on stderr; *ships is for ships_free either way.
 */
int ships_read(const char *path, GList **ships);
void ships_print(FILE *out, GList *ships);
void ships_free(GList *ships);

#endif
