// SPDX-License-Identifier: GPL-2.0
/* Two samples of the kernel's counters, and between them one pass over the connections. */
#include "doctor/doctor_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/error.h"
#include "lib/parse.h"

void doctor_run_init(struct doctor_run *run)
{
	*run = (struct doctor_run){ .span_ns = NSEC_PER_SEC };
	for (size_t i = 0; check_at(i); i++) {
		run->limits[i] = check_at(i)->limits;
		run->groups[i].max = 4096;
	}
}

void doctor_run_free(struct doctor_run *run)
{
	for (size_t i = 0; check_at(i); i++)
		groups_free(&run->groups[i]);
	free(run->later);
	timewait_free(&run->timewait);
	snapshot_free(&run->snapshot);
	sources_close(&run->sources);
}

/* --- thresholds --- */

static bool is_word(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(word, name, len);
}

static bool set_limit(struct limits *limits, const char *name, size_t len, const char *value)
{
	uint64_t number;

	if (is_word(name, len, "age")) {
		if (!parse_span(value, NSEC_PER_SEC, &number))
			return false;
		limits->age_sec = (double)number / NSEC_PER_SEC;
		return true;
	}
	if (!parse_number(value, &number))
		return false;
	if (is_word(name, len, "warning"))
		limits->warning = number;
	else if (is_word(name, len, "critical"))
		limits->critical = number;
	else
		return false;
	return true;
}

int doctor_run_set(struct doctor_run *run, const char *word)
{
	const char *dot = strchr(word, '.'), *equals = dot ? strchr(dot, '=') : NULL;

	for (size_t i = 0; equals && check_at(i); i++)
		if (is_word(word, dot - word, check_at(i)->name) &&
		    set_limit(&run->limits[i], dot + 1, equals - dot - 1, equals + 1))
			return EXIT_DONE;
	return misuse("--set takes CHECK.warning=N, CHECK.critical=N or CHECK.age=SPAN, not '%s': see tcpscope doctor --help",
		      word);
}

/* --- the pass --- */

static void take_conn(const struct tcpscope_conn *conn, const struct life_brief *whose, void *ctx)
{
	struct doctor_run *run = ctx;

	timewait_add(&run->timewait, conn, whose);
	if (conn->state == TCPSCOPE_TIME_WAIT)
		return;
	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->take)
			check_at(i)->take(run, &run->groups[i], &run->limits[i], conn, whose);
}

static void take_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct doctor_run *run = ctx;
	uint64_t ago_ms = ms_between(ended->ended_ns, run->snapshot.now_ns);

	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->ended)
			check_at(i)->ended(run, &run->groups[i], ended, ago_ms);
	timewait_add_ended(&run->timewait, ended);
}

static void take_no_port(const struct tcpscope_no_port_key *key,
			 const struct tcpscope_no_port *no_port, void *ctx)
{
	struct doctor_run *run = ctx;

	timewait_add_refused(&run->timewait, key, no_port);
}

/* The namespace asked for, or ours, is looked at even if it has no connection. */
static void read_host(struct doctor_run *run)
{
	struct netns_id ours = {};

	netns_clear(&run->host, ours);
	if (!netns_identify_path("/proc/self/ns/net", &ours))
		source_netns(run->sources.host, &run->host, ours);
	timewait_place_get(&run->timewait, run->selection.in_netns ? run->selection.netns : ours);
}

/* Before the pass, which needs it. */
static void read_recorded(struct doctor_run *run)
{
	struct source *recorder = run->sources.recorder;
	struct source_losses lost;
	uint64_t attached_ns;

	if (source_losses(recorder, &lost) || source_attached(recorder, &attached_ns))
		return;
	run->recorded_ms = ms_between(attached_ns, run->snapshot.now_ns);
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		if (i != TCPSCOPE_LOSS_RING_FULL)
			run->overlooked += lost.count[i];
}

static void read_later(struct doctor_run *run)
{
	struct timespec span = { run->span_ns / NSEC_PER_SEC, run->span_ns % NSEC_PER_SEC };
	struct source *host = run->sources.host;
	size_t n = run->timewait.n_places;

	nanosleep(&span, NULL);
	run->later = need(NULL, (n + 1) * sizeof(*run->later));
	for (size_t i = 0; i < n; i++)
		source_counters(host, &run->timewait.places[i]->netns, &run->later[i]);
	source_counters(host, &run->host, &run->host_later);
}

static void read_recorder(struct doctor_run *run)
{
	struct tcpscope_totals totals;

	run->losses = sources_losses(&run->sources, &run->losses_data);
	if (!run->losses || source_totals(run->sources.recorder, &totals))
		return;
	for (size_t from = 0; from < TCPSCOPE_STATE_MAX; from++)
		for (size_t to = 0; to < TCPSCOPE_STATE_MAX; to++)
			run->changes += totals.transitions[from][to];
}

static void begin(struct doctor_run *run)
{
	sources_open(&run->sources);
	run->snapshot = (struct snapshot){
		.sources = &run->sources,
		.selection = &run->selection,
		.conn = take_conn,
		.ended = take_ended,
		.no_port = take_no_port,
		.ctx = run,
	};
	snapshot_init(&run->snapshot);
	timewait_init(&run->timewait, &run->snapshot.lives, run->sources.host);
}

int doctor_run_measure(struct doctor_run *run)
{
	int status;

	begin(run);
	read_host(run);
	read_recorded(run);
	status = snapshot_count(&run->snapshot);
	if (status != EXIT_DONE)
		return status;
	if (!snapshot_has_any(&run->snapshot))
		return snapshot_status(&run->snapshot);
	run->timewait.hz = run->sources.module->hz;
	timewait_finish(&run->timewait);
	read_later(run);
	read_recorder(run);
	return EXIT_DONE;
}
