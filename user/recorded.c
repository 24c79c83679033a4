// SPDX-License-Identifier: GPL-2.0
#include "recorded.h"

#include <inttypes.h>
#include <stdio.h>

#include "document.h"
#include "sheet.h"
#include "source.h"
#include "text.h"

typedef const char *(*name_fn)(unsigned int value);

/* The counters that are one list of numbers with names. */
struct list {
	const char *key, *what;
	const __u64 *counts;
	unsigned int n;
	name_fn name;
};

#define N_LISTS 3

static void lists_of(const struct tcpscope_totals *totals, struct list lists[static N_LISTS])
{
	lists[0] = (struct list){ "ends", "connections ended", totals->ends, TCPSCOPE_REASON_MAX,
				  tcpscope_reason_name };
	lists[1] = (struct list){ "retransmits", "sent again", totals->retransmits,
				  TCPSCOPE_RETRANSMIT_MAX, tcpscope_retransmit_name };
	lists[2] = (struct list){ "resets", "resets", totals->resets, TCPSCOPE_RESET_MAX,
				  tcpscope_reset_name };
}

static uint64_t sum(const __u64 *counts, size_t n)
{
	uint64_t total = 0;

	while (n--)
		total += counts[n];
	return total;
}

static uint64_t transitions(const struct tcpscope_totals *totals)
{
	return sum(&totals->transitions[0][0],
		   sizeof(totals->transitions) / sizeof(totals->transitions[0][0]));
}

/* --- for people --- */

static void add(struct sheet *sheet, const char *what, uint64_t count, const char *detail)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	sheet_add(sheet, what, digits, detail);
}

static void add_list(struct sheet *sheet, const struct list *list)
{
	struct text text = {};

	for (unsigned int i = 0; i < list->n; i++) {
		if (!list->counts[i])
			continue;
		text_string(&text, text.len ? ", " : "");
		text_name(&text, list->name(i), i);
		text_char(&text, ' ');
		text_u64(&text, list->counts[i]);
	}
	text_char(&text, '\0');
	add(sheet, list->what, sum(list->counts, list->n), text.data);
	text_free(&text);
}

static void add_memory(struct sheet *sheet, const struct source_memory *memory)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "of %" PRIu64 " it has room for", memory->lives_max);
	add(sheet, "connections followed", memory->lives, detail);
	snprintf(detail, sizeof(detail), "%" PRIu64 " a connection", memory->bytes_each);
	add(sheet, "bytes of memory", memory->bytes, detail);
}

void recorded_print(bool header)
{
	struct tcpscope_totals totals;
	struct source_memory memory;
	struct list lists[N_LISTS];
	struct sheet *sheet;

	if (source_bpf_totals(&totals) || source_bpf_memory(&memory))
		return;
	sheet = sheet_new(header, "SINCE ATTACHED", ">COUNT", "DETAIL", NULL);
	lists_of(&totals, lists);
	for (size_t i = 0; i < N_LISTS; i++)
		add_list(sheet, &lists[i]);
	add(sheet, "changes of state", transitions(&totals), NULL);
	add_memory(sheet, &memory);
	printf("\n");
	sheet_print(sheet);
}

/* --- JSON --- */

/* A number without a name is none that happens. */
static struct json_object *json_list(const struct list *list)
{
	struct json_object *object = json_object_new_object();

	for (unsigned int i = 0; i < list->n; i++)
		if (list->name(i))
			document_number(object, list->name(i), list->counts[i]);
	return object;
}

struct json_object *recorded_json(void)
{
	struct tcpscope_totals totals;
	struct source_memory memory;
	struct list lists[N_LISTS];
	struct json_object *object;
	uint64_t attached_ns;

	if (source_bpf_totals(&totals) || source_bpf_memory(&memory))
		return NULL;
	object = json_object_new_object();
	lists_of(&totals, lists);
	for (size_t i = 0; i < N_LISTS; i++)
		document_add(object, lists[i].key, json_list(&lists[i]));
	if (!source_bpf_attached(&attached_ns))
		document_number(object, "attached_ms", ms_between(attached_ns, now_ns()));
	document_number(object, "transitions", transitions(&totals));
	document_number(object, "connections", memory.lives);
	document_number(object, "max_connections", memory.lives_max);
	document_number(object, "memory_bytes", memory.bytes);
	document_number(object, "memory_bytes_per_connection", memory.bytes_each);
	return object;
}
