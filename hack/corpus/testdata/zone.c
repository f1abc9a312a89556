/* Reads the time zone that TZ names. */
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
	time_t now = time(0);
	char zone[64];
	strftime(zone, sizeof zone, "%Z", localtime(&now));
	puts(argc > 1 ? zone : "ok");
	return 0;
}
