// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parse.h"

bool parse_number(const char *string, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(string, &end, 0);
	return isdigit((unsigned char)*string) && !*end && !errno;
}

/* The unit at the beginning of the string and its length; 0 if there is none. */
static uint64_t unit_parse(const char *string, size_t *len)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "sec", 1000000000 },
		{ "min", 60000000000 },
		{ "h", 3600000000000 },
		{ "d", 86400000000000 },
	};

	*len = 0;
	while (isalpha((unsigned char)string[*len]))
		++*len;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == *len &&
		    !strncmp(units[i].name, string, *len))
			return units[i].ns;
	return 0;
}

/* A decimal number; not strtod(), which would take "0x1p3", "inf" and "1e9". */
static bool decimal_parse(const char **string, double *number)
{
	double scale = 1;

	if (!isdigit((unsigned char)**string))
		return false;
	for (*number = 0; isdigit((unsigned char)**string); ++*string)
		*number = *number * 10 + (**string - '0');
	if (**string != '.')
		return true;
	for (++*string; isdigit((unsigned char)**string); ++*string)
		*number += (**string - '0') * (scale /= 10);
	return scale < 1;
}

bool parse_span(const char *string, uint64_t unit_ns, uint64_t *span_ns)
{
	double sum = 0, number;

	do {
		uint64_t unit = unit_ns;
		size_t len;

		if (!decimal_parse(&string, &number))
			return false;
		if (*string || sum)
			unit = unit_parse(string, &len);
		else
			len = 0;
		if (!unit)
			return false;
		string += len;
		sum += number * unit;
	} while (*string);
	*span_ns = sum + 0.5;
	return sum < (double)INT64_MAX;
}
