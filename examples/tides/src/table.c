#include "tides.h"

void table_print(FILE *out, const struct harbour *h, const struct event *events, size_t count)
{
	fprintf(out, "%s\n", h->name);
	for (size_t i = 0; i < count; i++) {
		const struct event *e = &events[i];
		int minutes = (int)(e->hour * 60 + 0.5);
		fprintf(out, "%s  %02d:%02d  %.2f m\n", e->high ? "high water" : "low water ", minutes / 60, minutes % 60, e->height);
	}
}
