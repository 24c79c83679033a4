// SPDX-License-Identifier: GPL-2.0
#include "source/netns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *file, *line, *name;
} counter_rows[] = {
#define NETNS_X(symbol, file, line, name) { file, line ":", name },
	NETNS_COUNTERS(NETNS_X)
#undef NETNS_X
};
/* clang-format on */

void netns_clear(struct netns *netns, struct netns_id id)
{
	*netns = (struct netns){ .id = id, .port_low = 1 };
	for (int i = 0; i < NETNS_SETTINGS_MAX; i++)
		netns->setting[i] = NETNS_UNKNOWN;
	for (int i = 0; i < 3; i++)
		netns->memory[i] = NETNS_UNKNOWN;
	for (int i = 0; i < NETNS_COUNTERS_MAX; i++)
		netns->counters.count[i] = NETNS_UNKNOWN;
}

/* The next word of a line, and its length; 0 at the end of the line. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " ");
	return strcspn(*at, " \n");
}

/* The end of the next word. */
static const char *after_word(const char *at)
{
	size_t len = next_word(&at);

	return at + len;
}

static void take(struct netns_counters *counters, const char *file, const char *line,
		 const char *name, size_t len, const char *value)
{
	for (int i = 0; i < NETNS_COUNTERS_MAX; i++)
		if (!strcmp(counter_rows[i].file, file) &&
		    !strncmp(counter_rows[i].line, line, strlen(counter_rows[i].line)) &&
		    strlen(counter_rows[i].name) == len && !strncmp(counter_rows[i].name, name, len))
			counters->count[i] = strtoll(value, NULL, 10);
}

/* A line of names and one of values; both begin with the same word. */
static void take_two(struct netns_counters *counters, const char *file, const char *names,
		     const char *values)
{
	const char *line = names;
	size_t len, value_len;

	names = after_word(names);
	values = after_word(values);
	while ((len = next_word(&names)) && (value_len = next_word(&values))) {
		take(counters, file, line, names, len, values);
		names += len;
		values += value_len;
	}
}

static void take_pairs(struct netns_counters *counters, const char *file, const char *line)
{
	const char *at = after_word(line), *name;
	size_t len;

	while ((len = next_word(&at))) {
		name = at;
		at += len;
		take(counters, file, line, name, len, at);
		at = after_word(at);
	}
}

static const char *line_after(const char *line)
{
	return strchrnul(line, '\n') + !!strchr(line, '\n');
}

void netns_parse_counters(struct netns_counters *counters, const char *file, const char *text)
{
	bool pairs = !strcmp(file, "sockstat");

	while (*text) {
		const char *next = line_after(text);

		if (pairs) {
			take_pairs(counters, file, text);
		} else {
			take_two(counters, file, text, next);
			next = line_after(next);
		}
		text = next;
	}
}

void netns_parse_range(struct netns *netns, const char *text)
{
	int low, high;

	if (sscanf(text, "%d %d", &low, &high) != 2 || low < 0 || high > 65535 || low > high)
		return;
	netns->port_low = low;
	netns->port_high = high;
}

static void reserve(struct netns *netns, unsigned int from, unsigned int to)
{
	for (unsigned int port = from; port <= to && port < 65536; port++)
		netns->reserved[port / 8] |= 1 << port % 8;
}

void netns_parse_reserved(struct netns *netns, const char *text)
{
	unsigned int from, to;
	int len;

	for (; *text && *text != '\n'; text += *text == ',') {
		if (sscanf(text, "%u%n", &from, &len) != 1)
			return;
		text += len;
		to = from;
		if (*text == '-') {
			if (sscanf(text, "-%u%n", &to, &len) != 1)
				return;
			text += len;
		}
		reserve(netns, from, to);
	}
}

bool netns_is_ephemeral(const struct netns *netns, uint16_t port)
{
	return port >= netns->port_low && port <= netns->port_high &&
	       !(netns->reserved[port / 8] & 1 << port % 8);
}

uint32_t netns_ephemeral_ports(const struct netns *netns)
{
	uint32_t n = 0;

	for (int32_t port = netns->port_low; port <= netns->port_high; port++)
		n += netns_is_ephemeral(netns, port);
	return n;
}

bool netns_reuses(const struct netns *netns, bool loopback, uint32_t *after_ms)
{
	int64_t reuse = netns->setting[NETNS_TW_REUSE], delay = netns->setting[NETNS_TW_REUSE_MS];

	*after_ms = delay < 0 ? 1000 : delay;
	return reuse == 1 || (reuse == 2 && loopback);
}
