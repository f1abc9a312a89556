/* Points names the point of the compass for an angle. Under the name "degrees", it tells
 * the angle of a point. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const points[] = {
	"N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
	"S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
};

static int degrees(const char *point)
{
	for (int i = 0; i < 16; i++) {
		if (strcmp(points[i], point) == 0) {
			printf("%.1f\n", i * 22.5);
			return 0;
		}
	}
	fprintf(stderr, "degrees: no point %s\n", point);
	return 1;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash == NULL ? argv[0] : slash + 1;

	if (argc != 2) {
		fprintf(stderr, "usage: points DEGREES, or degrees POINT\n");
		return 2;
	}
	if (strcmp(name, "degrees") == 0)
		return degrees(argv[1]);
	puts(points[((int)lround(atof(argv[1]) / 22.5) % 16 + 16) % 16]);
	return 0;
}
