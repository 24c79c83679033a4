// SPDX-License-Identifier: GPL-2.0
#include "source/reset_reason.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "SK_RST_REASON_"

/* An event has one byte for it. */
static char names[256][48];

static void name_take(const char *name, int value)
{
	size_t len = strlen(PREFIX);

	if (value < 0 || value > 255 || strncmp(name, PREFIX, len))
		return;
	snprintf(names[value], sizeof(names[value]), "%s", name + len);
	for (char *c = names[value]; *c; c++)
		*c = tolower((unsigned char)*c);
}

static void names_read(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, "sk_rst_reason", BTF_KIND_ENUM) : -1;

	if (id > 0) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		for (int i = 0; i < btf_vlen(type); i++)
			name_take(btf__name_by_offset(btf, btf_enum(type)[i].name_off),
				  btf_enum(type)[i].val);
	}
	btf__free(btf);
}

const char *reset_reason_name(unsigned int reason)
{
	static bool read;

	if (!read)
		names_read();
	read = true;
	return reason < 256 && *names[reason] ? names[reason] : NULL;
}
