// SPDX-License-Identifier: GPL-2.0
/* The document of timewait --json. What is not known is null. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "advice.h"
#include "document.h"
#include "history.h"
#include "timewait_view.h"

typedef struct json_object json;

/* Rates of the windows: {"1s":…, "10s":…, "60s":…}. */
static json *rates(const struct group *group)
{
	json *object = json_object_new_object();
	char key[16];

	for (size_t i = 0; i < WINDOWS; i++) {
		snprintf(key, sizeof(key), "%us", window_sec[i]);
		document_real(object, key, true, (double)group->began[i] / window_sec[i]);
	}
	return object;
}

static json *closers(const struct group *group)
{
	json *object = json_object_new_object();

	for (int i = 1; i < TCPSCOPE_CLOSER_MAX; i++)
		document_number(object, tcpscope_closer_name(i), group->closers[i]);
	document_number(object, "unknown", group->closers[TCPSCOPE_CLOSER_UNKNOWN]);
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
		document_netns(object, netns->id);
		document_text(object, "name", *netns->name ? netns->name : NULL);
		document_number(object, "time_wait", place->n);
		document_number(object, "fin_wait2", place->finwait2);
		document_known(object, "max", netns->setting[NETNS_TW_BUCKETS]);
		document_known(object, "memory_bytes", view->bytes_each ? (int64_t)(n * view->bytes_each) : -1);
		document_known(object, "skipped_since_boot", netns->counters.count[NETNS_TW_OVERFLOWS]);
		json_object_array_add(array, object);
	}
	return array;
}

static json *ends(const struct tcpscope_totals *totals)
{
	json *object = totals ? json_object_new_object() : NULL;

	if (!totals)
		return NULL;
	document_number(object, "expired", totals->ends[TCPSCOPE_REASON_TIMEWAIT_EXPIRED]);
	document_number(object, "reused", totals->ends[TCPSCOPE_REASON_TIMEWAIT_REUSED]);
	document_number(object, "killed", totals->ends[TCPSCOPE_REASON_TIMEWAIT_KILLED_RST]);
	document_number(object, "overflow", totals->ends[TCPSCOPE_REASON_TIMEWAIT_OVERFLOW]);
	return object;
}

static void put_counts(const struct timewait_view *view, json *object, const struct group *group)
{
	const struct timewait *timewait = view->timewait;
	bool known = view->losses;

	document_number(object, "time_wait", group->n);
	document_number(object, "fin_wait2", group->finwait2);
	document_real(object, "share", timewait->all.n, timewait->all.n ? (double)group->n / timewait->all.n : 0);
	document_real(object, "rate", known, group_rate(group));
	document_real(object, "steady_state", known, timewait_level(timewait, group));
	document_add(object, "created_per_second", known ? rates(group) : NULL);
	document_add(object, "first_closer", closers(group));
	document_known(object, "life_ms", group->n_lives ? (int64_t)(group->life_ms / group->n_lives) : -1);
}

static void put_owner(json *object, const struct group *group)
{
	const struct tcpscope_owner *owner = &group->key.owner;

	document_owner(object, owner);
	document_known(object, "processes", !*owner->comm ? -1 : owner->pid ? 1 : (int64_t)group->merged);
}

static void put_address(json *object, const char *key, const struct group_key *of,
			const uint8_t addr[16])
{
	char text[64];

	document_text(object, key, of->netns ? timewait_address(of, addr, -1, text) : NULL);
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

		document_netns(object, NETNS_OF(key));
		put_address(object, peer ? "peer_address" : "local_address", key,
			    peer ? key->peer_addr : key->local_addr);
		document_number(object, peer ? "peer_port" : "local_port", key->port);
		put_counts(view, object, sorted[i]);
		json_object_array_add(array, object);
	}
	free(sorted);
	return array;
}

static json *destination(const struct group_key *key)
{
	json *object = json_object_new_object();

	document_netns(object, NETNS_OF(key));
	put_address(object, "local_address", key, key->local_addr);
	put_address(object, "peer_address", key, key->peer_addr);
	document_number(object, "peer_port", key->port);
	return object;
}

static json *ports_of(const struct timewait_view *view, const struct group *group)
{
	json *object = destination(&group->key);
	struct timewait_ports ports;
	bool known = view->losses;

	timewait_ports(view->timewait, group, &ports);
	document_number(object, "live", group->live);
	document_number(object, "time_wait", group->ports);
	document_number(object, "ports", ports.use.capacity);
	document_number(object, "used", ports.used);
	document_real(object, "rate", known, group_rate(group));
	document_real(object, "live_per_second", known, ports.use.live_per_sec);
	document_real(object, "steady_state", known, ports.level);
	document_bool(object, "time_wait_reused", ports.reuses);
	document_add(object, "never_exhausted", known ? json_object_new_boolean(ports.left_ns == FORECAST_NEVER) : NULL);
	document_known(object, "exhausted_in_ms",
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
		document_number(object, "count", sorted[i]->n);
		document_number(object, "first_ms_ago", sorted[i]->first_ms);
		document_number(object, "last_ms_ago", sorted[i]->oldest_ms);
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
		document_text(object, "advice", advice.name);
		document_text(object, "evidence", advice.evidence);
		document_text(object, "effect", advice.effect);
		document_text(object, "risk", advice.risk);
		document_text(object, "where", advice.where);
		json_object_array_add(array, object);
	}
	return array;
}

void timewait_print_json(const struct timewait_view *view)
{
	const struct timewait *timewait = view->timewait;
	json *document = json_object_new_object();

	document_add(document, "namespaces", places(view));
	put_counts(view, document, &timewait->all);
	document_known(document, "recorded", view->losses ? (int64_t)timewait->recorded : -1);
	document_number(document, "server_side", timewait->server_side);
	document_add(document, "ended", ends(view->totals));
	document_add(document, "owners", view->losses ? all_owners(view) : NULL);
	document_add(document, "destinations", sides(view, &timewait->destinations, true));
	document_add(document, "listeners", sides(view, &timewait->listeners, false));
	document_add(document, "ports", all_ports(view));
	document_add(document, "no_port_left", view->losses ? refused(view) : NULL);
	document_add(document, "advice", all_advice(view));
	document_add(document, "losses", history_json(view->losses));
	document_print(document);
}
