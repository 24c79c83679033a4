// SPDX-License-Identifier: GPL-2.0
/* Which network namespace is meant. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/parse.h"
#include "source/netns.h"

int netns_resolve(const char *name, struct netns_id *id)
{
	char path[4096];
	uint64_t number;

	if (parse_number(name, &number) && number && number <= UINT32_MAX) {
		*id = (struct netns_id){ .number = number };
		netns_identify_number(id);
		return 0;
	}
	if (snprintf(path, sizeof(path), "%s%s",
		     strchr(name, '/') ? "" : "/run/netns/",
		     name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return netns_identify_path(path, id);
}
