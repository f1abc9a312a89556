#include "tides.h"

#include <jansson.h>
#include <string.h>

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void fill(struct harbour *h, const char *name, const json_t *from)
{
	const json_t *list = json_object_get(from, "constituents");
	snprintf(h->name, sizeof h->name, "%s", name);
	h->mean = number(from, "mean");
	h->count = json_array_size(list);
	if (h->count > MAX_CONSTITUENTS)
		h->count = MAX_CONSTITUENTS;
	for (size_t i = 0; i < h->count; i++) {
		const json_t *c = json_array_get(list, i);
		h->constituents[i] = (struct constituent){number(c, "amplitude"), number(c, "period"), number(c, "phase")};
	}
}

int harbour_load(const char *file, const char *name, struct harbour *h)
{
	json_error_t err;
	json_t *all = json_load_file(file, 0, &err);
	if (!all) {
		fprintf(stderr, "%s:%d: %s\n", file, err.line, err.text);
		return -1;
	}
	const json_t *found = json_object_get(all, name);
	if (found)
		fill(h, name, found);
	else
		fprintf(stderr, "no harbour %s in %s\n", name, file);
	json_decref(all);
	return found ? 0 : -1;
}
