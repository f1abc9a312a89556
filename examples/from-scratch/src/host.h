#ifndef HOST_H
#define HOST_H

#include <stdio.h>

/* Prints every address of name to out; 0, or -1 after a message on stderr. */
int host_print(FILE *out, const char *name);

#endif
