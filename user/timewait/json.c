// SPDX-License-Identifier: GPL-2.0
/* The document of timewait --json. What is not known is null. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/group_text.h"
#include "conn/identity.h"
#include "lib/json_object.h"
#include "source/losses.h"
#include "timewait/advice.h"
#include "timewait/view.h"

typedef struct json_object json;

/* Rates of the windows: {"1s":…, "10s":…, "60s":…}. */
static json *rates(const struct group *group)
{
	json *object = json_object_new_object();
	char key[16];

	for (size_t i = 0; i < WINDOWS; i++) {
		snprintf(key, sizeof(key), "%us", window_sec[i]);
		json_add_real(object, key, true, (double)group->began[i] / window_sec[i]);
	}
	return object;
}

static json *closers(const struct group *group)
{
	json *object = json_object_new_object();

	for (int i = 1; i < TCPSCOPE_CLOSER_MAX; i++)
		json_add_number(object, tcpscope_closer_name(i), group->closers[i]);
	json_add_number(object, "unknown", group->closers[TCPSCOPE_CLOSER_UNKNOWN]);
	return object;
}

static json *places(const struct timewait_view *view)
{
	json *array = json_object_new_array();

	for (size_t i = 0; i < view->timewait->n_places; i++) {
		const struct timewait_place *place = view->timewait->places[i];
		const struct netns *netns = &place->netns;
		uint64_t n = place->n + place->finwait2;
		json *object;

		if (!n && !place->no_ports)
			continue;
		object = json_object_new_object();
		json_add_netns(object, netns->id);
		json_add_text(object, "name", *netns->name ? netns->name : NULL);
		json_add_number(object, "time_wait", place->n);
		json_add_number(object, "fin_wait2", place->finwait2);
		json_add_known(object, "max", netns->setting[NETNS_TW_BUCKETS]);
		json_add_known(object, "memory_bytes", view->bytes_each ? (int64_t)(n * view->bytes_each) : -1);
		json_add_known(object, "skipped_since_boot", netns->counters.count[NETNS_TW_OVERFLOWS]);
		json_object_array_add(array, object);
	}
	return array;
}

static json *ends(const struct tcpscope_totals *totals)
{
	json *object = totals ? json_object_new_object() : NULL;

	if (!totals)
		return NULL;
	json_add_number(object, "expired", totals->ends[TCPSCOPE_REASON_TIMEWAIT_EXPIRED]);
	json_add_number(object, "reused", totals->ends[TCPSCOPE_REASON_TIMEWAIT_REUSED]);
	json_add_number(object, "killed", totals->ends[TCPSCOPE_REASON_TIMEWAIT_KILLED_RST]);
	json_add_number(object, "overflow", totals->ends[TCPSCOPE_REASON_TIMEWAIT_OVERFLOW]);
	return object;
}

static void put_counts(const struct timewait_view *view, json *object, const struct group *group)
{
	const struct timewait *timewait = view->timewait;
	bool known = view->losses;

	json_add_number(object, "time_wait", group->n);
	json_add_number(object, "fin_wait2", group->finwait2);
	json_add_real(object, "share", timewait->all.n, timewait->all.n ? (double)group->n / timewait->all.n : 0);
	json_add_real(object, "rate", known, group_rate(group));
	json_add_real(object, "steady_state", known, timewait_level(timewait, group));
	json_add(object, "created_per_second", known ? rates(group) : NULL);
	json_add(object, "first_closer", closers(group));
	json_add_known(object, "life_ms", group->n_lives ? (int64_t)(group->life_ms / group->n_lives) : -1);
}

static void put_owner(json *object, const struct group *group)
{
	const struct tcpscope_owner *owner = &group->key.owner;

	json_add_owner(object, owner);
	json_add_known(object, "processes", !*owner->comm ? -1 : owner->pid ? 1 : (int64_t)group->merged);
}

static void put_address(json *object, const char *key, const struct group_key *of,
			const uint8_t addr[16])
{
	char text[64];

	json_add_text(object, key, of->netns ? group_address(of, addr, -1, text) : NULL);
}

static json *all_owners(const struct timewait_view *view)
{
	json *array = json_object_new_array();
	const struct group **sorted;
	struct groups owners;

	timewait_owners(view, &owners);
	sorted = groups_sorted(&owners, timewait_minisockets);
	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		json *object = json_object_new_object();

		put_owner(object, sorted[i]);
		put_counts(view, object, sorted[i]);
		json_object_array_add(array, object);
	}
	free(sorted);
	groups_free(&owners);
	return array;
}

static json *sides(const struct timewait_view *view, const struct groups *groups, bool peer)
{
	const struct group **sorted = groups_sorted(groups, timewait_minisockets);
	json *array = json_object_new_array();

	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		const struct group_key *key = &sorted[i]->key;
		json *object = json_object_new_object();

		json_add_netns(object, NETNS_OF(key));
		put_address(object, peer ? "peer_address" : "local_address", key,
			    peer ? key->peer_addr : key->local_addr);
		json_add_number(object, peer ? "peer_port" : "local_port", key->port);
		put_counts(view, object, sorted[i]);
		json_object_array_add(array, object);
	}
	free(sorted);
	return array;
}

static json *destination(const struct group_key *key)
{
	json *object = json_object_new_object();

	json_add_netns(object, NETNS_OF(key));
	put_address(object, "local_address", key, key->local_addr);
	put_address(object, "peer_address", key, key->peer_addr);
	json_add_number(object, "peer_port", key->port);
	return object;
}

static json *ports_of(const struct timewait_view *view, const struct group *group)
{
	json *object = destination(&group->key);
	struct timewait_ports ports;
	bool known = view->losses;

	timewait_ports(view->timewait, group, &ports);
	json_add_number(object, "live", group->live);
	json_add_number(object, "time_wait", group->ports);
	json_add_number(object, "ports", ports.use.capacity);
	json_add_number(object, "used", ports.used);
	json_add_real(object, "rate", known, group_rate(group));
	json_add_real(object, "live_per_second", known, ports.use.live_per_sec);
	json_add_real(object, "steady_state", known, ports.level);
	json_add_bool(object, "time_wait_reused", ports.reuses);
	json_add(object, "never_exhausted", known ? json_object_new_boolean(ports.left_ns == FORECAST_NEVER) : NULL);
	json_add_known(object, "exhausted_in_ms",
		  known && ports.left_ns != FORECAST_NEVER ? ports.left_ns / 1000000 : -1);
	return object;
}

static json *all_ports(const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->ports, timewait_ports_used);
	json *array = json_object_new_array();

	for (size_t i = 0; sorted[i] && i < view->top; i++)
		if (sorted[i]->key.netns)
			json_object_array_add(array, ports_of(view, sorted[i]));
	free(sorted);
	return array;
}

static json *refused(const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->refused, group_n);
	json *array = json_object_new_array();

	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		json *object = destination(&sorted[i]->key);

		put_owner(object, sorted[i]);
		json_add_number(object, "count", sorted[i]->n);
		json_add_number(object, "first_ms_ago", sorted[i]->first_ms);
		json_add_number(object, "last_ms_ago", sorted[i]->oldest_ms);
		json_object_array_add(array, object);
	}
	free(sorted);
	return array;
}

static json *all_advice(const struct timewait_view *view)
{
	json *array = json_object_new_array(), *object;
	struct advice_basis basis;
	struct advice advice;
	int answer;

	advice_basis(&basis, view->timewait, view->bytes_each);
	for (size_t i = 0; (answer = advice_get(&basis, i, &advice)) >= 0; i++) {
		if (!answer)
			continue;
		object = json_object_new_object();
		json_add_text(object, "advice", advice.name);
		json_add_text(object, "evidence", advice.evidence);
		json_add_text(object, "effect", advice.effect);
		json_add_text(object, "risk", advice.risk);
		json_add_text(object, "where", advice.where);
		json_object_array_add(array, object);
	}
	return array;
}

void timewait_print_json(const struct timewait_view *view)
{
	const struct timewait *timewait = view->timewait;
	json *document = json_object_new_object();

	json_add(document, "namespaces", places(view));
	put_counts(view, document, &timewait->all);
	json_add_known(document, "recorded", view->losses ? (int64_t)timewait->recorded : -1);
	json_add_number(document, "server_side", timewait->server_side);
	json_add(document, "ended", ends(view->totals));
	json_add(document, "owners", view->losses ? all_owners(view) : NULL);
	json_add(document, "destinations", sides(view, &timewait->destinations, true));
	json_add(document, "listeners", sides(view, &timewait->listeners, false));
	json_add(document, "ports", all_ports(view));
	json_add(document, "no_port_left", view->losses ? refused(view) : NULL);
	json_add(document, "advice", all_advice(view));
	json_add(document, "losses", losses_object(view->losses));
	json_print(document);
}
