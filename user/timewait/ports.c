// SPDX-License-Identifier: GPL-2.0
/* What the present rates lead to. */
#include "lib/error.h"
#include "lib/ipaddr.h"
#include "timewait/timewait.h"

uint64_t timewait_minisockets(const struct group *group)
{
	return group->n + group->finwait2;
}

uint64_t timewait_ports_used(const struct group *group)
{
	return group->ports + group->live;
}

/* Of the TIME-WAITs that begin, those that go on to their end, a second. */
static double lasting_rate(const struct group *group)
{
	uint64_t began = group->began[WINDOW_10S], gone = group->gone[WINDOW_10S];
	double rate = group_rate(group);

	return began ? rate * (gone < began ? began - gone : 0) / began : 0;
}

double timewait_level(const struct timewait *timewait, const struct group *group)
{
	return forecast_level(lasting_rate(group), forecast_timewait_ns(timewait->hz));
}

#define GROWTH 10 /* fewer new ones are no trend */
#define HORIZON_NS (3600 * (int64_t)NSEC_PER_SEC) /* what ten seconds tell of */

/* Growth of the live ones, since it began if that was within the window. */
static double live_rate(const struct group *group)
{
	uint64_t window_ns = window_sec[WINDOW_10S] * NSEC_PER_SEC;

	if (group->grown <= 0)
		return group->grown * 1e9 / window_ns;
	if (group->grown < GROWTH)
		return 0;
	return forecast_rate(group->grown, group->oldest_ms * 1000000, window_ns);
}

static uint32_t capacity_of(const struct timewait_place *place)
{
	return place->ephemeral > place->taken ? place->ephemeral - place->taken : 0;
}

/* Once reused, a TIME-WAIT keeps its port no longer than until then. */
static void apply_reuse(struct timewait_ports *ports, const struct group *group)
{
	double young = ports->use.created_per_sec * ports->reuse_after_ms / 1000;

	ports->use.expiring = NULL;
	ports->use.lasts_ns = ports->reuse_after_ms * 1000000ull;
	ports->use.created_per_sec = group_rate(group);
	ports->used = group->live + (young < group->ports ? young : group->ports);
}

void timewait_ports(const struct timewait *timewait, const struct group *group,
		    struct timewait_ports *ports)
{
	const struct group_key *key = &group->key;

	*ports = (struct timewait_ports){
		.place = timewait_place(timewait, NETNS_OF(key)),
		.used = group->live + group->ports,
		.loopback = ipaddr_is_loopback(key->family, key->local_addr) ||
			    ipaddr_is_loopback(key->family, key->peer_addr),
	};
	ports->use = (struct port_use){
		.capacity = capacity_of(ports->place),
		.live = group->live,
		.live_per_sec = live_rate(group),
		.created_per_sec = lasting_rate(group),
		.expiring = group->expiring,
		.lasts_ns = forecast_timewait_ns(timewait->hz),
	};
	/* Without timestamps there is nothing that tells an old segment from a new one. */
	ports->reuses = netns_reuses(&ports->place->netns, ports->loopback,
				     &ports->reuse_after_ms) &&
			group->stamped == group->n;
	if (ports->reuses)
		apply_reuse(ports, group);
	ports->left_ns = forecast_exhaustion_ns(&ports->use);
	if (ports->left_ns > HORIZON_NS)
		ports->left_ns = FORECAST_NEVER;
	ports->level = forecast_ports_used(&ports->use, FORECAST_SECONDS);
}
