#include "tides.h"

#include <math.h>

#define PI 3.14159265358979323846

double tide_height(const struct harbour *h, double hour)
{
	double height = h->mean;
	for (size_t i = 0; i < h->count; i++) {
		const struct constituent *c = &h->constituents[i];
		height += c->amplitude * cos(2 * PI * hour / c->period - c->phase * PI / 180);
	}
	return height;
}
