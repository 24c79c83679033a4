// SPDX-License-Identifier: GPL-2.0
/* usage: is_json [POINTER VALUE]… — whether stdin is a JSON document that has those values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

static bool has(const char *text, const char *pointer, const char *expected)
{
	char *value = json_at(text, pointer);
	bool same = value && !strcmp(value, expected);

	if (!same)
		fprintf(stderr, "%s is %s, not %s\n", pointer, value ? value : "missing", expected);
	free(value);
	return same;
}

int main(int argc, char **argv)
{
	char *text = NULL;
	size_t size = 0;
	bool good = getdelim(&text, &size, '\0', stdin) > 0 && json_valid(text);

	if (!good)
		fprintf(stderr, "no JSON document\n");
	for (int i = 1; good && i + 1 < argc; i += 2)
		good = has(text, argv[i], argv[i + 1]);
	free(text);
	return !good;
}
