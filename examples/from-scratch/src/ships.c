#include "ships.h"

#include <jansson.h>

struct ship {
	char *name;
	long long tonnes;
};

static gint by_weight(gconstpointer a, gconstpointer b)
{
	const struct ship *x = a, *y = b;

	return (x->tonnes < y->tonnes) - (x->tonnes > y->tonnes);
}

static void ship_free(gpointer p)
{
	struct ship *s = p;

	g_free(s->name);
	g_free(s);
}

int ships_read(const char *path, GList **ships)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);
	json_t *entry;
	size_t i;

	if (root == NULL) {
		fprintf(stderr, "%s:%d:%d: %s\n", path, error.line, error.column, error.text);
		return -1;
	}
	json_array_foreach(json_object_get(root, "ships"), i, entry) {
		const char *name;
		json_int_t tonnes;

		if (json_unpack_ex(entry, &error, 0, "{s:s, s:I}", "name", &name, "tonnes", &tonnes) != 0) {
			fprintf(stderr, "%s: ship %zu: %s\n", path, i + 1, error.text);
			json_decref(root);
			return -1;
		}
		struct ship *s = g_new(struct ship, 1);
		s->name = g_strdup(name);
		s->tonnes = tonnes;
		*ships = g_list_insert_sorted(*ships, s, by_weight);
	}
	json_decref(root);
	return 0;
}

void ships_print(FILE *out, GList *ships)
{
	fprintf(out, "%u ships in harbour:\n", g_list_length(ships));
	for (GList *at = ships; at != NULL; at = at->next) {
		const struct ship *s = at->data;

		fprintf(out, "  %-10s %5lld t\n", s->name, s->tonnes);
	}
}

void ships_free(GList *ships)
{
	g_list_free_full(ships, ship_free);
}
