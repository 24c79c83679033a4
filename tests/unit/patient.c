// SPDX-License-Identifier: GPL-2.0
#include "patient.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "canned_source.h"
#include "unit.h"

#define K(id) TCPSCOPE_KNOWN(id)

struct doctor_run run;
struct source_losses losses;
static struct netns_counters later;
static uint64_t cookie;
static struct canned host;

int patient_setup(void **state)
{
	doctor_run_init(&run);
	losses = (struct source_losses){};
	run.losses = &losses;
	run.snapshot.now_ns = run.snapshot.lives.now_ns = NOW;
	run.snapshot.covers_ms = UINT64_MAX;
	timewait_init(&run.timewait, &run.snapshot.lives, canned_source(&host));
	timewait_place_get(&run.timewait, (struct netns_id){ .number = 7 });
	netns_clear(&run.host, (struct netns_id){ .number = 7 });
	cookie = 0;
	return 0;
}

int patient_teardown(void **state)
{
	run.later = NULL;
	doctor_run_free(&run);
	return 0;
}

struct tcpscope_conn conn_of(uint8_t state)
{
	return (struct tcpscope_conn){
		.cookie = ++cookie,
		.known = K(RECV_Q) | K(SEND_Q) | K(SYN_Q) | K(IDLE),
		.netns = 7,
		.family = AF_INET,
		.local_addr = { 10, 0, 0, 1 },
		.peer_addr = { 10, 0, 0, 2 },
		.local_port = 40000 + cookie,
		.peer_port = 80,
		.idle_ms = state == TCPSCOPE_CLOSE_WAIT ? 3600000 : 0,
		.state = state,
	};
}

static void take_with(const struct tcpscope_conn *conn, const struct life_brief *whose)
{
	timewait_add(&run.timewait, conn, whose);
	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->take)
			check_at(i)->take(&run, &run.groups[i], &run.limits[i], conn, whose);
}

void take_unknown(const struct tcpscope_conn *conn)
{
	take_with(conn, NULL);
}

void take(const struct tcpscope_conn *conn, uint64_t since_sec, uint32_t pid)
{
	struct tcpscope_life life = {
		.cookie = conn->cookie,
		.born_ns = NOW - since_sec * SEC,
		.since_ns = NOW - since_sec * SEC,
		.owner = { .pid = pid, .comm = "nginx" },
		.state = conn->state,
		.role = TCPSCOPE_ROLE_ACTIVE,
	};
	struct life_brief whose;

	life_index_from_life(&run.snapshot.lives, &whose, &life);
	take_with(conn, &whose);
}

void end(uint8_t reason, uint64_t ago_sec, uint32_t pid)
{
	struct tcpscope_ended ended = {
		.seq = 2,
		.ended_ns = NOW - ago_sec * SEC,
		.life = { .reason = reason, .netns = 7, .family = AF_INET, .peer_addr = { 10, 0, 0, 2 },
			  .peer_port = 80, .owner = { .pid = pid, .comm = "nginx" },
			  .role = reason == TCPSCOPE_REASON_SYNACK_TIMEOUT ? TCPSCOPE_ROLE_PASSIVE :
									     TCPSCOPE_ROLE_ACTIVE },
	};

	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->ended)
			check_at(i)->ended(&run, &run.groups[i], &ended, ago_sec * 1000);
}

struct finding finding;

enum level level_of(const char *name)
{
	for (size_t i = 0; check_at(i); i++) {
		if (strcmp(check_at(i)->name, name))
			continue;
		check_run(&run, i, &finding);
		return finding.level;
	}
	fail_msg("there is no check %s", name);
	return LEVEL_UNKNOWN;
}

void is_level(const char *name, enum level level)
{
	enum level got = level_of(name);

	if (got != level)
		fail_msg("%s is %s, not %s: %s", name, level_name(got), level_name(level), finding.evidence);
}

void says(const char *text)
{
	if (!strstr(finding.evidence, text))
		fail_msg("'%s' does not say '%s'", finding.evidence, text);
}

void only(const char *name, enum level level)
{
	for (size_t i = 0; check_at(i); i++)
		if (strcmp(check_at(i)->name, name) && level_of(check_at(i)->name) >= LEVEL_WARNING)
			fail_msg("%s as well: %s", check_at(i)->name, finding.evidence);
	is_level(name, level);
}

void counted(enum netns_counter counter, int64_t grown)
{
	later = run.timewait.places[0]->netns.counters;
	later.count[counter] += grown;
	run.later = &later;
}
