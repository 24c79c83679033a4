// SPDX-License-Identifier: GPL-2.0
#include "timewait/advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"

#define say(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

#define PRESSED 0.2 /* share of the ports, or buckets, from which they are worth a word */

/* "3.000sec", for a line of text. */
static const char *span(int64_t ns, char to[static 32])
{
	struct strbuf text = {};

	strbuf_string(&text, ns && ns < 1000000 ? "less than 1ms" : "");
	if (!text.len)
		strbuf_span(&text, ns);
	snprintf(to, 32, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
	return to;
}

/* "in 3.000sec", or "never". */
static const char *moment(int64_t ns, char to[static 32])
{
	char digits[32];

	if (ns == FORECAST_NEVER)
		return "never";
	snprintf(to, 32, "in %.28s", span(ns, digits));
	return to;
}

static bool is_pressed(const struct advice_basis *basis)
{
	const struct timewait_ports *ports = &basis->ports;

	return basis->worst && (ports->left_ns != FORECAST_NEVER || ports->place->no_ports ||
				ports->used >= ports->use.capacity * PRESSED ||
				ports->level >= ports->use.capacity * PRESSED);
}

static bool server_side(const struct advice_basis *basis, struct advice *advice)
{
	const struct timewait *timewait = basis->timewait;

	say(advice->evidence, "%" PRIu64 " of %" PRIu64 " are the server's side of a connection",
	    timewait->server_side, timewait_minisockets(&timewait->all));
	if (basis->bytes_each)
		say(advice->effect,
		    "these cost %" PRIu64 " bytes of memory each and no port: leave them alone",
		    basis->bytes_each);
	else
		say(advice->effect, "these cost memory and no port: leave them alone");
	return timewait->server_side > 0;
}

static bool close_order(const struct advice_basis *basis, struct advice *advice)
{
	const struct group *all = &basis->timewait->all;
	uint64_t local = all->closers[TCPSCOPE_CLOSER_LOCAL];

	say(advice->evidence, "this end closed first in %" PRIu64 " of %" PRIu64, local, all->n);
	say(advice->effect,
	    "if the other end did, %" PRIu64 " would be left here, and those %" PRIu64
	    " would be the peer's",
	    all->n - local, local);
	return local > 0;
}

static bool fewer_connections(const struct advice_basis *basis, struct advice *advice)
{
	const struct group *all = &basis->timewait->all;
	char life[32];

	if (!all->n_lives)
		return false;
	say(advice->evidence,
	    "%.1f connections a second end here, after %s on average; how many requests each carried can't be seen",
	    group_rate(all), span(all->life_ms / all->n_lives * 1000000 + 1, life));
	say(advice->effect, "with 10 requests over each, %.0f TIME-WAITs would become %.0f",
	    timewait_level(basis->timewait, all), timewait_level(basis->timewait, all) / 10);
	return true;
}

/* How many of the worst group have timestamps: only the module knows. */
static const char *stamped(const struct advice_basis *basis, char digits[static 32])
{
	if (basis->timewait->from_lives)
		return "an unknown number";
	snprintf(digits, 32, "%" PRIu64, basis->worst->stamped);
	return digits;
}

static bool tw_reuse(const struct advice_basis *basis, struct advice *advice)
{
	const struct timewait_ports *ports = &basis->ports;
	struct port_use use = ports->use;
	char digits[32];
	int64_t reuse;

	if (!is_pressed(basis))
		return false;
	reuse = ports->place->netns.setting[NETNS_TW_REUSE];
	say(advice->evidence, "tcp_tw_reuse is %" PRId64 "%s; %s of %" PRIu64
	    " TIME-WAITs to that destination have timestamps, which it needs",
	    reuse, reuse == 2 ? ports->loopback ? ", loopback as here" : ", loopback only: not here" : "",
	    stamped(basis, digits), basis->worst->n);
	use.expiring = NULL;
	use.lasts_ns = ports->reuse_after_ms * 1000000ull;
	if (ports->reuses)
		say(advice->effect, "in force: a port is free again %u ms after its TIME-WAIT began",
		    ports->reuse_after_ms);
	else if (!basis->timewait->from_lives && basis->worst->stamped < basis->worst->n)
		say(advice->effect, "none: without TCP timestamps on both ends nothing is reused");
	else
		say(advice->effect,
		    "with 1, TIME-WAITs older than %u ms give way: %.0f of %u ports in use instead of %.0f; the number of TIME-WAITs stays below that of ports",
		    ports->reuse_after_ms, forecast_ports_used(&use, FORECAST_SECONDS),
		    use.capacity, ports->level);
	return true;
}

static bool port_range(const struct advice_basis *basis, struct advice *advice)
{
	const struct timewait_ports *ports = &basis->ports;
	struct port_use use = ports->use;
	char now[32], then[32];

	if (!is_pressed(basis))
		return false;
	use.capacity += 65535 - 1024 + 1 - (ports->place->netns.port_high -
					    ports->place->netns.port_low + 1);
	say(advice->evidence, "ip_local_port_range is %d to %d: %u ports, less those reserved or listened on",
	    ports->place->netns.port_low, ports->place->netns.port_high, ports->use.capacity);
	say(advice->effect, "with 1024 to 65535, %u ports: none left %s instead of %s",
	    use.capacity, moment(forecast_exhaustion_ns(&use), then), moment(ports->left_ns, now));
	return ports->use.capacity < use.capacity;
}

static bool more_addresses(const struct advice_basis *basis, struct advice *advice)
{
	const struct timewait_ports *ports = &basis->ports;

	if (!is_pressed(basis) || !ports->use.capacity)
		return false;
	say(advice->evidence, "the present rate leads to %.0f ports in use, of %u that one pair of addresses has",
	    ports->level, ports->use.capacity);
	say(advice->effect, "each further source or destination address or destination port adds %u; %u in all will do",
	    ports->use.capacity, forecast_addresses(ports->level, ports->use.capacity));
	return true;
}

static bool overflowed(const struct timewait_place *place)
{
	return place->netns.counters.count[NETNS_TW_OVERFLOWS] > 0;
}

/* The namespace that is nearest to its limit, or beyond. */
static const struct timewait_place *fullest(const struct timewait *timewait)
{
	const struct timewait_place *found = NULL;
	double share, most = PRESSED;

	for (size_t i = 0; i < timewait->n_places; i++) {
		const struct timewait_place *place = timewait->places[i];
		int64_t limit = place->netns.setting[NETNS_TW_BUCKETS];

		if (limit <= 0)
			continue; /* not known */
		share = (double)(place->n + place->finwait2) / limit + overflowed(place);
		if (share >= most) {
			most = share;
			found = place;
		}
	}
	return found;
}

static bool tw_buckets(const struct advice_basis *basis, struct advice *advice)
{
	const struct timewait_place *place = fullest(basis->timewait);
	char memory[64] = "", skipped[96] = "";
	int64_t limit;

	if (!place)
		return false;
	limit = place->netns.setting[NETNS_TW_BUCKETS];
	if (place->netns.counters.count[NETNS_TW_OVERFLOWS] >= 0)
		say(skipped, "; since boot %" PRId64 " connections found no bucket and skipped TIME-WAIT",
		    place->netns.counters.count[NETNS_TW_OVERFLOWS]);
	if (basis->bytes_each)
		say(memory, ", up to %" PRIu64 " KiB more", limit * basis->bytes_each / 1024);
	say(advice->evidence, "%" PRIu64 " of tcp_max_tw_buckets, %" PRId64 "%s", place->n + place->finwait2,
	    limit, skipped);
	say(advice->effect, "twice as many, %" PRId64 ", take memory%s; fewer save nothing but TIME-WAIT's protection",
	    limit * 2, memory);
	return true;
}

static bool fin_timeout(const struct advice_basis *basis, struct advice *advice)
{
	const struct group *all = &basis->timewait->all;

	say(advice->evidence, "%" PRIu64 " minisockets are in TIME-WAIT, %" PRIu64 " in FIN-WAIT-2",
	    all->n, all->finwait2);
	say(advice->effect, "none on TIME-WAIT, which lasts 60 s whatever tcp_fin_timeout is; it ends orphans in FIN-WAIT-2 only");
	return all->n > 0;
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*fill)(const struct advice_basis *basis, struct advice *advice);
	const char *risk, *where;
} rows[] = {
	{ "close order", close_order, "the other end keeps them instead, and its ports if it is the client",
	  "the application: let the end that can afford it close first" },
	{ "reuse connections", fewer_connections, "idle connections stay open, and middleboxes may forget them",
	  "the client: keep-alive, a connection pool" },
	{ "tcp_tw_reuse", tw_reuse, "an old duplicate can be told from a new segment by its timestamp only",
	  "sysctl net.ipv4.tcp_tw_reuse, in the client's network namespace" },
	{ "port range", port_range, "services that listen above 1024 must be in ip_local_reserved_ports",
	  "sysctl net.ipv4.ip_local_port_range, in the client's network namespace" },
	{ "more addresses", more_addresses, "access lists and logs see other addresses",
	  "the client's bind(), or more addresses and ports of the service" },
	{ "tcp_max_tw_buckets", tw_buckets, "kernel memory", "sysctl net.ipv4.tcp_max_tw_buckets, in that network namespace" },
	{ "server side", server_side, "none", "nowhere" },
	{ "tcp_fin_timeout", fin_timeout, "a lower one drops slow peers' last data", "leave it as it is" },
};
/* clang-format on */

int advice_get(const struct advice_basis *basis, size_t i, struct advice *advice)
{
	if (i >= sizeof(rows) / sizeof(*rows))
		return -1;
	*advice = (struct advice){
		.name = rows[i].name,
		.risk = rows[i].risk,
		.where = rows[i].where,
	};
	return rows[i].fill(basis, advice);
}

/* Whose ports run out first; of those that don't, whose are used most. */
static bool is_worse(const struct timewait_ports *a, const struct timewait_ports *b)
{
	if (a->left_ns != b->left_ns)
		return a->left_ns < b->left_ns;
	return a->level * b->use.capacity > b->level * a->use.capacity;
}

void advice_basis(struct advice_basis *basis, const struct timewait *timewait, uint64_t bytes_each)
{
	struct timewait_ports ports;

	*basis = (struct advice_basis){ .timewait = timewait, .bytes_each = bytes_each };
	for (size_t i = 1; i < timewait->ports.n; i++) {
		timewait_ports(timewait, &timewait->ports.all[i], &ports);
		if (basis->worst && !is_worse(&ports, &basis->ports))
			continue;
		basis->worst = &timewait->ports.all[i];
		basis->ports = ports;
	}
}
