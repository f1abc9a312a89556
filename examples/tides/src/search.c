#include "tides.h"

#include <math.h>

static const double step = 0.1; /* hours; far below the shortest period */

/* turn narrows down where the tide turns between two hours. */
static double turn(const struct harbour *h, double from, double to, int high)
{
	for (int i = 0; i < 60; i++) {
		double a = from + (to - from) / 3, b = to - (to - from) / 3;
		if ((tide_height(h, a) < tide_height(h, b)) == high)
			from = a;
		else
			to = b;
	}
	return (from + to) / 2;
}

size_t tide_events(const struct harbour *h, double hours, struct event *events, size_t max)
{
	size_t count = 0;
	for (double t = step; t < hours && count < max; t += step) {
		double before = tide_height(h, t - step), at = tide_height(h, t), after = tide_height(h, t + step);
		if ((at > before) == (after > at))
			continue;
		struct event *e = &events[count++];
		e->high = at > before;
		e->hour = turn(h, t - step, t + step, e->high);
		e->height = tide_height(h, e->hour);
	}
	return count;
}
