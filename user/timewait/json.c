// SPDX-License-Identifier: GPL-2.0
/* The document of timewait --json. What is not known is null. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/group_text.h"
#include "conn/identity.h"
#include "lib/json.h"
#include "source/losses.h"
#include "timewait/advice.h"
#include "timewait/view.h"

/* Rates of the windows: {"1s":…, "10s":…, "60s":…}. */
static void rates(struct json *json, const struct group *group)
{
	char key[16];

	json_object(json, "created_per_second");
	for (size_t i = 0; i < WINDOWS; i++) {
		snprintf(key, sizeof(key), "%us", window_sec[i]);
		json_real(json, key, true, (double)group->began[i] / window_sec[i]);
	}
	json_end_object(json);
}

static void closers(struct json *json, const struct group *group)
{
	json_object(json, "first_closer");
	for (int i = 1; i < TCPSCOPE_CLOSER_MAX; i++)
		json_u64(json, tcpscope_closer_name(i), group->closers[i]);
	json_u64(json, "unknown", group->closers[TCPSCOPE_CLOSER_UNKNOWN]);
	json_end_object(json);
}

static void place(struct json *json, const struct timewait_view *view, const struct timewait_place *place)
{
	const struct netns *netns = &place->netns;
	uint64_t n = place->n + place->finwait2;

	json_object(json, NULL);
	json_netns(json, netns->id);
	json_string(json, "name", *netns->name ? netns->name : NULL);
	json_u64(json, "time_wait", place->n);
	json_u64(json, "fin_wait2", place->finwait2);
	json_or_null(json, "max", netns->setting[NETNS_TW_BUCKETS]);
	json_or_null(json, "memory_bytes", view->bytes_each ? (int64_t)(n * view->bytes_each) : -1);
	json_or_null(json, "skipped_since_boot", netns->counters.count[NETNS_TW_OVERFLOWS]);
	json_end_object(json);
}

static void places(struct json *json, const struct timewait_view *view)
{
	json_array(json, "namespaces");
	for (size_t i = 0; i < view->timewait->n_places; i++) {
		const struct timewait_place *one = view->timewait->places[i];

		if (one->n || one->finwait2 || one->no_ports)
			place(json, view, one);
	}
	json_end_array(json);
}

static void ends(struct json *json, const struct tcpscope_totals *totals)
{
	if (!totals) {
		json_null(json, "ended");
		return;
	}
	json_object(json, "ended");
	json_u64(json, "expired", totals->ends[TCPSCOPE_REASON_TIMEWAIT_EXPIRED]);
	json_u64(json, "reused", totals->ends[TCPSCOPE_REASON_TIMEWAIT_REUSED]);
	json_u64(json, "killed", totals->ends[TCPSCOPE_REASON_TIMEWAIT_KILLED_RST]);
	json_u64(json, "overflow", totals->ends[TCPSCOPE_REASON_TIMEWAIT_OVERFLOW]);
	json_end_object(json);
}

static void put_counts(struct json *json, const struct timewait_view *view, const struct group *group)
{
	const struct timewait *timewait = view->timewait;
	bool known = view->losses;

	json_u64(json, "time_wait", group->n);
	json_u64(json, "fin_wait2", group->finwait2);
	json_real(json, "share", timewait->all.n, timewait->all.n ? (double)group->n / timewait->all.n : 0);
	json_real(json, "rate", known, group_rate(group));
	json_real(json, "steady_state", known, timewait_level(timewait, group));
	if (known)
		rates(json, group);
	else
		json_null(json, "created_per_second");
	closers(json, group);
	json_or_null(json, "life_ms", group->n_lives ? (int64_t)(group->life_ms / group->n_lives) : -1);
}

static void put_owner(struct json *json, const struct group *group)
{
	const struct tcpscope_owner *owner = &group->key.owner;

	json_owner(json, owner);
	json_or_null(json, "processes", !*owner->comm ? -1 : owner->pid ? 1 : (int64_t)group->merged);
}

static void put_address(struct json *json, const char *key, const struct group_key *of,
			const uint8_t addr[16])
{
	char text[64];

	json_string(json, key, of->netns ? group_address(of, addr, -1, text) : NULL);
}

static void all_owners(struct json *json, const struct timewait_view *view)
{
	const struct group **sorted;
	struct groups owners;

	timewait_owners(view, &owners);
	sorted = groups_sorted(&owners, timewait_minisockets);
	json_array(json, "owners");
	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		json_object(json, NULL);
		put_owner(json, sorted[i]);
		put_counts(json, view, sorted[i]);
		json_end_object(json);
	}
	json_end_array(json);
	free(sorted);
	groups_free(&owners);
}

static void sides(struct json *json, const struct timewait_view *view, const struct groups *groups, bool peer)
{
	const struct group **sorted = groups_sorted(groups, timewait_minisockets);

	json_array(json, peer ? "destinations" : "listeners");
	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		const struct group_key *key = &sorted[i]->key;

		json_object(json, NULL);
		json_netns(json, NETNS_OF(key));
		put_address(json, peer ? "peer_address" : "local_address", key,
			    peer ? key->peer_addr : key->local_addr);
		json_u64(json, peer ? "peer_port" : "local_port", key->port);
		put_counts(json, view, sorted[i]);
		json_end_object(json);
	}
	json_end_array(json);
	free(sorted);
}

static void destination(struct json *json, const struct group_key *key)
{
	json_netns(json, NETNS_OF(key));
	put_address(json, "local_address", key, key->local_addr);
	put_address(json, "peer_address", key, key->peer_addr);
	json_u64(json, "peer_port", key->port);
}

static void ports_of(struct json *json, const struct timewait_view *view, const struct group *group)
{
	struct timewait_ports ports;
	bool known = view->losses;

	timewait_ports(view->timewait, group, &ports);
	json_object(json, NULL);
	destination(json, &group->key);
	json_u64(json, "live", group->live);
	json_u64(json, "time_wait", group->ports);
	json_u64(json, "ports", ports.use.capacity);
	json_u64(json, "used", ports.used);
	json_real(json, "rate", known, group_rate(group));
	json_real(json, "live_per_second", known, ports.use.live_per_sec);
	json_real(json, "steady_state", known, ports.level);
	json_bool(json, "time_wait_reused", ports.reuses);
	if (known)
		json_bool(json, "never_exhausted", ports.left_ns == FORECAST_NEVER);
	else
		json_null(json, "never_exhausted");
	json_or_null(json, "exhausted_in_ms",
		     known && ports.left_ns != FORECAST_NEVER ? ports.left_ns / 1000000 : -1);
	json_end_object(json);
}

static void all_ports(struct json *json, const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->ports, timewait_ports_used);

	json_array(json, "ports");
	for (size_t i = 0; sorted[i] && i < view->top; i++)
		if (sorted[i]->key.netns)
			ports_of(json, view, sorted[i]);
	json_end_array(json);
	free(sorted);
}

static void refused(struct json *json, const struct timewait_view *view)
{
	const struct group **sorted = groups_sorted(&view->timewait->refused, group_n);

	json_array(json, "no_port_left");
	for (size_t i = 0; sorted[i] && i < view->top; i++) {
		json_object(json, NULL);
		destination(json, &sorted[i]->key);
		put_owner(json, sorted[i]);
		json_u64(json, "count", sorted[i]->n);
		json_u64(json, "first_ms_ago", sorted[i]->first_ms);
		json_u64(json, "last_ms_ago", sorted[i]->oldest_ms);
		json_end_object(json);
	}
	json_end_array(json);
	free(sorted);
}

static void all_advice(struct json *json, const struct timewait_view *view)
{
	struct advice_basis basis;
	struct advice advice;
	int answer;

	advice_basis(&basis, view->timewait, view->bytes_each);
	json_array(json, "advice");
	for (size_t i = 0; (answer = advice_get(&basis, i, &advice)) >= 0; i++) {
		if (!answer)
			continue;
		json_object(json, NULL);
		json_string(json, "advice", advice.name);
		json_string(json, "evidence", advice.evidence);
		json_string(json, "effect", advice.effect);
		json_string(json, "risk", advice.risk);
		json_string(json, "where", advice.where);
		json_end_object(json);
	}
	json_end_array(json);
}

/* What only the recorder knows, or null. */
static void recorded(struct json *json, const struct timewait_view *view)
{
	if (view->losses) {
		all_owners(json, view);
		refused(json, view);
		return;
	}
	json_null(json, "owners");
	json_null(json, "no_port_left");
}

int timewait_print_json(const struct timewait_view *view)
{
	const struct timewait *timewait = view->timewait;
	struct strbuf text = {};
	struct json json = { .to = &text };
	int error;

	json_object(&json, NULL);
	places(&json, view);
	put_counts(&json, view, &timewait->all);
	json_or_null(&json, "recorded", view->losses ? (int64_t)timewait->recorded : -1);
	json_u64(&json, "server_side", timewait->server_side);
	ends(&json, view->totals);
	recorded(&json, view);
	sides(&json, view, &timewait->destinations, true);
	sides(&json, view, &timewait->listeners, false);
	all_ports(&json, view);
	all_advice(&json, view);
	json_losses(&json, view->losses);
	json_end_object(&json);
	error = json_print(&json);
	strbuf_free(&text);
	return error;
}
