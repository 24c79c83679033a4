// SPDX-License-Identifier: GPL-2.0
/* Two samples of the kernel's counters, and between them one pass over the connections. */
#include "exam.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "number.h"

void exam_init(struct exam *exam)
{
	*exam = (struct exam){ .span_ns = NSEC_PER_SEC };
	for (size_t i = 0; check_at(i); i++) {
		exam->limits[i] = check_at(i)->limits;
		exam->groups[i].max = 4096;
	}
}

void exam_free(struct exam *exam)
{
	for (size_t i = 0; check_at(i); i++)
		groups_free(&exam->groups[i]);
	free(exam->later);
	timewait_free(&exam->timewait);
	gather_free(&exam->gather);
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
		if (!span_parse(value, NSEC_PER_SEC, &number))
			return false;
		limits->age_sec = (double)number / NSEC_PER_SEC;
		return true;
	}
	if (!number_parse(value, &number))
		return false;
	if (is_word(name, len, "warning"))
		limits->warning = number;
	else if (is_word(name, len, "critical"))
		limits->critical = number;
	else
		return false;
	return true;
}

int exam_set(struct exam *exam, const char *word)
{
	const char *dot = strchr(word, '.'), *equals = dot ? strchr(dot, '=') : NULL;

	for (size_t i = 0; equals && check_at(i); i++)
		if (is_word(word, dot - word, check_at(i)->name) &&
		    set_limit(&exam->limits[i], dot + 1, equals - dot - 1, equals + 1))
			return EXIT_DONE;
	return misuse("--set takes CHECK.warning=N, CHECK.critical=N or CHECK.age=SPAN, not '%s': see tcpscope doctor --help",
		      word);
}

/* --- the pass --- */

static void take_conn(const struct tcpscope_conn *conn, const struct whose *whose, void *ctx)
{
	struct exam *exam = ctx;

	timewait_add(&exam->timewait, conn, whose);
	if (conn->state == TCPSCOPE_TIME_WAIT)
		return;
	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->take)
			check_at(i)->take(exam, &exam->groups[i], &exam->limits[i], conn, whose);
}

static void take_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct exam *exam = ctx;
	uint64_t ago_ms = ms_between(ended->ended_ns, exam->gather.whose.now_ns);

	for (size_t i = 0; check_at(i); i++)
		if (check_at(i)->ended)
			check_at(i)->ended(exam, &exam->groups[i], ended, ago_ms);
	timewait_add_ended(&exam->timewait, ended);
}

static void take_no_port(const struct tcpscope_no_port_key *key,
			 const struct tcpscope_no_port *no_port, void *ctx)
{
	struct exam *exam = ctx;

	timewait_add_refused(&exam->timewait, key, no_port);
}

/* The namespace asked for, or ours, is looked at even if it has no connection. */
static void read_host(struct exam *exam)
{
	struct netns_id ours = {};

	netns_clear(&exam->host, ours);
	if (!netns_identify_path("/proc/self/ns/net", &ours))
		netns_read(&exam->host, ours);
	timewait_place_get(&exam->timewait, exam->options.in_netns ? exam->options.netns : ours);
}

/* Before the pass, which needs it. */
static void read_recorded(struct exam *exam)
{
	struct source_losses lost;
	uint64_t attached_ns;

	if (source_bpf_open() || source_bpf_losses(&lost) || source_bpf_attached(&attached_ns))
		return;
	exam->recorded_ms = ms_between(attached_ns, now_ns());
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		if (i != TCPSCOPE_LOSS_RING_FULL)
			exam->overlooked += lost.count[i];
}

static void read_later(struct exam *exam)
{
	struct timespec span = { exam->span_ns / NSEC_PER_SEC, exam->span_ns % NSEC_PER_SEC };
	size_t n = exam->timewait.n_places;

	nanosleep(&span, NULL);
	exam->later = need(NULL, (n + 1) * sizeof(*exam->later));
	for (size_t i = 0; i < n; i++)
		netns_read_counters(&exam->timewait.places[i]->netns, &exam->later[i]);
	netns_read_counters(&exam->host, &exam->host_later);
}

static void read_recorder(struct exam *exam)
{
	struct tcpscope_totals totals;

	exam->losses = history_losses(&exam->losses_data);
	if (!exam->losses || source_bpf_totals(&totals))
		return;
	for (size_t from = 0; from < TCPSCOPE_STATE_MAX; from++)
		for (size_t to = 0; to < TCPSCOPE_STATE_MAX; to++)
			exam->changes += totals.transitions[from][to];
}

int exam_run(struct exam *exam)
{
	int trouble;

	exam->gather.options = &exam->options;
	exam->gather.conn = take_conn;
	exam->gather.ended = take_ended;
	exam->gather.no_port = take_no_port;
	exam->gather.ctx = exam;
	timewait_init(&exam->timewait, &exam->gather.whose);
	read_host(exam);
	read_recorded(exam);
	trouble = gather_run(&exam->gather);
	if (trouble)
		return gather_status(trouble);
	exam->timewait.hz = source_debugfs_hz();
	timewait_finish(&exam->timewait);
	read_later(exam);
	read_recorder(exam);
	return EXIT_DONE;
}

/* Whether no more is known of it than connect()s that failed: nothing of it need be left to count. */
static bool is_memory(const struct timewait_place *place)
{
	return !place->seen && place->no_ports;
}

int64_t exam_grown(const struct exam *exam, enum netns_counter counter, size_t *unknown)
{
	int64_t sum = 0;

	*unknown = 0;
	for (size_t i = 0; i < exam->timewait.n_places; i++) {
		const struct timewait_place *place = exam->timewait.places[i];
		int64_t before = place->netns.counters.count[counter];
		int64_t after = exam->later ? exam->later[i].count[counter] : before;

		if (before < 0 || after < before)
			*unknown += !is_memory(place);
		else
			sum += after - before;
	}
	return sum;
}
