#ifndef TIDES_H
#define TIDES_H

#include <stddef.h>
#include <stdio.h>

enum { MAX_CONSTITUENTS = 8, MAX_EVENTS = 8 };

/* One periodic part of the tide. */
struct constituent {
	double amplitude; /* metres */
	double period;    /* hours */
	double phase;     /* degrees */
};

struct harbour {
	char name[64];
	double mean; /* metres above chart datum */
	size_t count;
	struct constituent constituents[MAX_CONSTITUENTS];
};

/* A high or low water. */
struct event {
	double hour, height;
	int high;
};

/* harbour_load finds a harbour in a JSON file; 0 if it is there. */
int harbour_load(const char *file, const char *name, struct harbour *h);

/* tide_height gives the height of the tide at an hour of the first day. */
double tide_height(const struct harbour *h, double hour);

/* tide_events finds the turns of the tide from hour 0 up to hours. */
size_t tide_events(const struct harbour *h, double hours, struct event *events, size_t max);

void table_print(FILE *out, const struct harbour *h, const struct event *events, size_t count);

#endif
