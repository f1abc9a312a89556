/* tides prints when high and low water of a day are in a harbour. */
#include "tides.h"

int main(int argc, char **argv)
{
	struct harbour h;
	struct event events[MAX_EVENTS];
	if (argc != 2) {
		fprintf(stderr, "usage: %s HARBOUR\n", argv[0]);
		return 2;
	}
	if (harbour_load("/harbours.json", argv[1], &h) != 0)
		return 1;
	table_print(stdout, &h, events, tide_events(&h, 24, events, MAX_EVENTS));
	return 0;
}
