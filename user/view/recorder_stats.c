// SPDX-License-Identifier: GPL-2.0
#include "view/recorder_stats.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "lib/table.h"
#include "source/source.h"

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

static void add(struct table *table, const char *what, uint64_t count, const char *detail)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	table_add(table, what, digits, detail);
}

static void add_list(struct table *table, const struct list *list)
{
	struct strbuf text = {};

	for (unsigned int i = 0; i < list->n; i++) {
		if (!list->counts[i])
			continue;
		strbuf_string(&text, text.len ? ", " : "");
		strbuf_name(&text, list->name(i), i);
		strbuf_char(&text, ' ');
		strbuf_u64(&text, list->counts[i]);
	}
	strbuf_char(&text, '\0');
	add(table, list->what, sum(list->counts, list->n), text.data);
	strbuf_free(&text);
}

static void add_memory(struct table *table, const struct source_memory *memory)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "of %" PRIu64 " it has room for", memory->lives_max);
	add(table, "connections followed", memory->lives, detail);
	snprintf(detail, sizeof(detail), "%" PRIu64 " a connection", memory->bytes_each);
	add(table, "bytes of memory", memory->bytes, detail);
}

void recorder_stats_print(struct source *recorder, bool header)
{
	struct tcpscope_totals totals;
	struct source_memory memory;
	struct list lists[N_LISTS];
	struct table *table;

	if (source_totals(recorder, &totals) || source_memory(recorder, &memory))
		return;
	table = table_new(header, "SINCE ATTACHED", ">COUNT", "DETAIL", NULL);
	lists_of(&totals, lists);
	for (size_t i = 0; i < N_LISTS; i++)
		add_list(table, &lists[i]);
	add(table, "changes of state", transitions(&totals), NULL);
	add_memory(table, &memory);
	printf("\n");
	table_print(table);
}

/* --- JSON --- */

/* A number without a name is none that happens. */
static void json_list(struct json *json, const struct list *list)
{
	json_object(json, list->key);
	for (unsigned int i = 0; i < list->n; i++)
		if (list->name(i))
			json_u64(json, list->name(i), list->counts[i]);
	json_end_object(json);
}

void recorder_stats_json(struct source *recorder, struct json *json)
{
	struct tcpscope_totals totals;
	struct source_memory memory;
	struct list lists[N_LISTS];
	uint64_t attached_ns;

	if (source_totals(recorder, &totals) || source_memory(recorder, &memory)) {
		json_null(json, "recorder");
		return;
	}
	json_object(json, "recorder");
	lists_of(&totals, lists);
	for (size_t i = 0; i < N_LISTS; i++)
		json_list(json, &lists[i]);
	if (!source_attached(recorder, &attached_ns))
		json_u64(json, "attached_ms", ms_between(attached_ns, now_ns()));
	json_u64(json, "transitions", transitions(&totals));
	json_u64(json, "connections", memory.lives);
	json_u64(json, "max_connections", memory.lives_max);
	json_u64(json, "memory_bytes", memory.bytes);
	json_u64(json, "memory_bytes_per_connection", memory.bytes_each);
	json_end_object(json);
}
