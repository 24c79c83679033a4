// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/group_text.h"
#include "lib/resolve.h"
#include "lib/strbuf.h"
#include "lib/table.h"
#include "timewait/advice.h"
#include "timewait/view.h"

#define CELL 64

/* The text of a number; in to[]. */
static const char *number(uint64_t value, char to[static CELL])
{
	snprintf(to, CELL, "%" PRIu64, value);
	return to;
}

static const char *unknown_or(int64_t value, char to[static CELL])
{
	return value < 0 ? strcpy(to, "-") : number(value, to);
}

static const char *rate(double per_sec, char to[static CELL])
{
	snprintf(to, CELL, "%.1f/s", per_sec);
	return to;
}

static const char *percent(double part, double whole, char to[static CELL])
{
	if (whole <= 0)
		return strcpy(to, "-");
	snprintf(to, CELL, "%.1f%%", part * 100 / whole);
	return to;
}

static const char *bytes(uint64_t n, uint64_t each, char to[static CELL])
{
	if (!each)
		return strcpy(to, "-");
	snprintf(to, CELL, "%.1f KiB", n * each / 1024.0);
	return to;
}

void timewait_owners(const struct timewait_view *view, struct groups *owners)
{
	const struct groups *all = &view->timewait->owners;
	bool fold = all->n > view->top + 1;

	*owners = (struct groups){ .max = all->max };
	for (size_t i = 0; i < all->n; i++) {
		struct group_key key = all->all[i].key;

		if (fold)
			key.owner.pid = 0;
		group_merge(groups_get(owners, &key), &all->all[i]);
	}
}

static void print_places(const struct timewait_view *view)
{
	struct table *table = table_new(view->header, "NETNS", ">TIME-WAIT", ">OF", ">USED",
					">FIN-WAIT-2", ">MEMORY", ">SKIPPED", NULL);
	char cell[7][CELL];

	for (size_t i = 0; i < view->timewait->n_places; i++) {
		const struct timewait_place *place = view->timewait->places[i];
		int64_t limit = place->netns.setting[NETNS_TW_BUCKETS];
		uint64_t n = place->n + place->finwait2;

		if (!n && !place->no_ports)
			continue;
		table_add(table, timewait_netns(view->timewait, place->netns.id, cell[0]),
			  number(place->n, cell[1]), unknown_or(limit, cell[2]),
			  percent(n, limit, cell[3]), number(place->finwait2, cell[4]),
			  bytes(n, view->bytes_each, cell[5]),
			  unknown_or(place->netns.counters.count[NETNS_TW_OVERFLOWS], cell[6]));
	}
	table_print(table);
}

static void print_rates(const struct timewait_view *view)
{
	const struct group *all = &view->timewait->all;

	if (!view->losses) {
		printf("\nWho makes them, at what rate and for which ports: the recorder would know (tcpscope attach).\n");
		return;
	}
	printf("\ncreated");
	for (size_t i = 0; i < WINDOWS; i++)
		printf("%s %.1f/s over %u s", i ? "," : "",
		       (double)all->began[i] / window_sec[i], window_sec[i]);
	printf(": leads to %.0f at a time\n", timewait_level(view->timewait, all));
	if (view->timewait->recorded < timewait_minisockets(all))
		printf("%" PRIu64 " of them are older than the recorder: their owners are not known\n",
		       timewait_minisockets(all) - view->timewait->recorded);
	if (view->totals)
		printf("ended since the recorder was attached: expired %llu, reused %llu, killed by a reset %llu, skipped for want of room %llu\n",
		       view->totals->ends[TCPSCOPE_REASON_TIMEWAIT_EXPIRED],
		       view->totals->ends[TCPSCOPE_REASON_TIMEWAIT_REUSED],
		       view->totals->ends[TCPSCOPE_REASON_TIMEWAIT_KILLED_RST],
		       view->totals->ends[TCPSCOPE_REASON_TIMEWAIT_OVERFLOW]);
}

/* Who closed first, in percent: "local 98% peer 2%". */
static const char *closers(const struct group *group, char to[static CELL])
{
	size_t len = 0;

	*to = '\0';
	for (int i = 1; i < TCPSCOPE_CLOSER_MAX && group->n; i++)
		if (group->closers[i])
			len += snprintf(to + len, CELL - len, "%s%s %.0f%%", len ? " " : "",
					tcpscope_closer_name(i), group->closers[i] * 100.0 / group->n);
	return len ? to : strcpy(to, "-");
}

static void add_group(const struct timewait_view *view, struct table *table,
		      const struct group *group, const char *name, const char *where)
{
	const struct group *all = &view->timewait->all;
	char cell[5][CELL];

	table_add(table, name, where, number(group->n, cell[0]),
		  percent(group->n, all->n, cell[1]),
		  view->losses ? rate(group_rate(group), cell[2]) : "-", closers(group, cell[3]),
		  number(group->finwait2, cell[4]));
}

static struct table *group_sheet(const struct timewait_view *view, const char *name,
				 const char *where)
{
	return table_new(view->header, name, where, ">TIME-WAIT", ">SHARE", ">RATE",
			 "CLOSED FIRST", ">FIN-WAIT-2", NULL);
}

static void end_groups(struct table *table, size_t shown, const struct group **sorted)
{
	size_t more = 0;

	while (sorted[shown + more])
		more++;
	printf(shown ? "\n" : "");
	table_print(table);
	if (more)
		printf("and %zu more\n", more);
	free(sorted);
}

static void print_owners(const struct timewait_view *view)
{
	struct table *table = group_sheet(view, "OWNER", "CGROUP");
	const struct group **sorted;
	struct groups owners;
	char owner[48];
	size_t i;

	timewait_owners(view, &owners);
	sorted = groups_sorted(&owners, timewait_minisockets);
	for (i = 0; sorted[i] && i < view->top; i++) {
		const char *path = cgroup_path(sorted[i]->key.owner.cgroup_id);

		add_group(view, table, sorted[i], group_owner(sorted[i], owner),
			  path ? path : "-");
	}
	end_groups(table, i, sorted);
	groups_free(&owners);
}

/* By destination or by listener: whichever address the key has. */
static void print_sides(const struct timewait_view *view, const struct groups *groups,
			const char *name, bool peer)
{
	const struct group **sorted = groups_sorted(groups, timewait_minisockets);
	struct table *table = group_sheet(view, name, "NETNS");
	char address[64], netns[64];
	size_t i;

	for (i = 0; sorted[i] && i < view->top; i++) {
		const struct group_key *key = &sorted[i]->key;

		if (key->netns)
			group_address(key, peer ? key->peer_addr : key->local_addr, key->port,
					 address);
		else
			strcpy(address, "others");
		add_group(view, table, sorted[i], address,
			  timewait_netns(view->timewait, NETNS_OF(key), netns));
	}
	end_groups(table, i, sorted);
}

static const char *left(const struct timewait_ports *ports, char to[static CELL])
{
	struct strbuf text = {};

	if (ports->left_ns == FORECAST_NEVER)
		return strcpy(to, "never");
	if (!ports->left_ns)
		return strcpy(to, "now");
	strbuf_span(&text, ports->left_ns);
	snprintf(to, CELL, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
	return to;
}

static void print_ports(const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->ports, timewait_ports_used);
	struct table *table = table_new(view->header, "FROM", "TO", "NETNS", ">LIVE", ">TIME-WAIT",
					">PORTS", ">USED", ">RATE", ">NONE LEFT", NULL);
	struct timewait_ports ports;
	char from[64], to[64], netns[64], cell[6][CELL];
	size_t i;

	for (i = 0; sorted[i] && i < view->top; i++) {
		const struct group_key *key = &sorted[i]->key;

		if (!key->netns)
			continue;
		timewait_ports(view->timewait, sorted[i], &ports);
		table_add(table, group_address(key, key->local_addr, -1, from),
			  group_address(key, key->peer_addr, key->port, to),
			  timewait_netns(view->timewait, NETNS_OF(key), netns),
			  number(sorted[i]->live, cell[0]), number(sorted[i]->ports, cell[1]),
			  number(ports.use.capacity, cell[2]),
			  percent(ports.used, ports.use.capacity, cell[3]),
			  view->losses ? rate(group_rate(sorted[i]), cell[4]) : "-",
			  view->losses ? left(&ports, cell[5]) : "-");
	}
	end_groups(table, i, sorted);
}

static void print_refused(const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->refused, group_n);
	struct table *table = table_new(view->header, ">EADDRNOTAVAIL", "OWNER", "FROM", "TO",
					"NETNS", ">LAST, SEC AGO", NULL);
	char owner[48], from[64], to[64], netns[64], cell[2][CELL];
	size_t i;

	for (i = 0; sorted[i] && i < view->top; i++) {
		const struct group_key *key = &sorted[i]->key;

		table_add(table, number(sorted[i]->n, cell[0]), group_owner(sorted[i], owner),
			  group_address(key, key->local_addr, -1, from),
			  group_address(key, key->peer_addr, key->port, to),
			  timewait_netns(view->timewait, NETNS_OF(key), netns),
			  number(sorted[i]->oldest_ms / 1000, cell[1]));
	}
	end_groups(table, i, sorted);
}

static void print_advice(const struct timewait_view *view)
{
	struct advice_basis basis;
	struct advice advice;
	int answer;

	advice_basis(&basis, view->timewait, view->bytes_each);
	for (size_t i = 0; (answer = advice_get(&basis, i, &advice)) >= 0; i++)
		if (answer)
			printf("\n%s: %s\n  effect  %s\n  risk    %s\n  where   %s\n",
			       advice.name, advice.evidence, advice.effect, advice.risk,
			       advice.where);
}

int timewait_print(const struct timewait_view *view)
{
	const struct timewait *timewait = view->timewait;

	if (!timewait_minisockets(&timewait->all) && !timewait->refused.n)
		printf("there is no TIME-WAIT\n");
	print_places(view);
	print_rates(view);
	if (view->losses)
		print_owners(view);
	print_sides(view, &timewait->destinations, "DESTINATION", true);
	print_sides(view, &timewait->listeners, "LISTENER", false);
	print_ports(view);
	print_refused(view);
	print_advice(view);
	return 0;
}
