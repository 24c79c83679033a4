// SPDX-License-Identifier: GPL-2.0
/* doctor: every check, a line each, with evidence and remedy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "conn/group_text.h"
#include "conn/identity.h"
#include "doctor/doctor_run.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/parse.h"
#include "lib/term.h"
#include "source/losses.h"
#include "timewait/advice.h"

#define EXIT_FOUND 3 /* something is wrong */

enum { SET = 256, INTERVAL, WATCH, LIST_THRESHOLDS };

struct doctor {
	struct doctor_run run; /* as the command line has it; each look takes a copy */
	uint64_t every_ns;
	bool list, as_json;
};

static const struct option_row doctor_options[] = {
	{ SET, "set", "CHECK.WHAT=N", "another threshold: warning, critical or age, see below" },
	{ INTERVAL, "interval", "SEC", "between the two samples of the kernel's counters (default 1)" },
	{ WATCH, "watch", "[=SEC]", "again every 2 seconds, or SEC" },
	{ LIST_THRESHOLDS, "list-thresholds", NULL, NULL },
	{ 0 },
};

static void help(const struct command *command)
{
	const struct check *check;

	printf("\nchecks, with what is a warning, critical, and from which age on a connection counts:\n");
	for (size_t i = 0; (check = check_at(i)); i++) {
		printf("  %-13s %5g %8g %-26s %s", check->name, check->limits.warning,
		       check->limits.critical, check->unit, check->what);
		if (check->limits.age_sec)
			printf(" (age %gs)", check->limits.age_sec);
		printf("\n");
	}
	printf("\nexit status: 0 nothing is wrong, 3 something is, 1 it could not be examined, 2 usage\n");
}

static int list_thresholds(void)
{
	const struct check *check;

	for (size_t i = 0; (check = check_at(i)); i++)
		printf("%s.warning=\n%s.critical=\n%s%s", check->name, check->name,
		       check->limits.age_sec ? check->name : "",
		       check->limits.age_sec ? ".age=\n" : "");
	return output_end(0);
}

static int take(int letter, const char *argument, void *ctx)
{
	struct doctor *doctor = ctx;

	switch (letter) {
	case SET:
		return doctor_run_set(&doctor->run, argument);
	case WATCH:
		return watch_parse(argument, &doctor->every_ns);
	case LIST_THRESHOLDS:
		doctor->list = true;
		return EXIT_DONE;
	}
	if (!parse_span(argument, NSEC_PER_SEC, &doctor->run.span_ns) || !doctor->run.span_ns ||
	    doctor->run.span_ns > 3600 * NSEC_PER_SEC)
		return misuse("--interval takes a time of at most an hour, not '%s'", argument);
	return EXIT_DONE;
}

/* --- for people --- */

static int print_text(const struct doctor_run *run, const struct finding *findings)
{
	for (size_t i = 0; check_at(i); i++) {
		const struct finding *finding = &findings[i];

		printf("%-9s %-13s %s\n", level_name(finding->level), check_at(i)->name,
		       finding->evidence);
		if (finding->level >= LEVEL_WARNING)
			printf("%-9s %-13s -> %s\n", "", "", check_at(i)->remedy);
	}
	return 0;
}

/* --- JSON --- */

/* What is 0 if it is not known. */
static int64_t known(uint64_t value)
{
	return value ? (int64_t)value : -1;
}

/* Each owner with its number. */
static void owners_of(struct json *json, const struct doctor_run *run, const struct group *group)
{
	group_sort_owners(group);
	json_array(json, "owners");
	for (size_t i = 0; i < group->n_owners; i++) {
		const struct life_brief whose = { .owner = group->owners[i].owner };

		json_object(json, NULL);
		json_u64(json, "count", group->owners[i].n);
		json_owner(json, life_index_owner(&run->snapshot.lives, &whose));
		json_end_object(json);
	}
	json_end_array(json);
}

static void one_guilty(struct json *json, const struct doctor_run *run, const struct group *group,
		       unsigned int guilty, uint64_t count)
{
	const struct tcpscope_owner *owner = guilty_owner(run, group, guilty);
	const struct group_key *key = &group->key;
	char address[64];

	json_object(json, NULL);
	json_u64(json, "count", count);
	json_netns(json, NETNS_OF(key));
	json_owner(json, owner);
	if (guilty & GUILTY_COUNTED)
		owners_of(json, run, group);
	if (guilty & GUILTY_LOCAL)
		json_string(json, "local_address", group_address(key, key->local_addr, -1, address));
	if (guilty & GUILTY_LOCAL_PORT)
		json_u64(json, "local_port", key->port);
	if (guilty & GUILTY_PEER && guilty & GUILTY_REASON && !key->port)
		json_string(json, "peer_address", NULL);
	else if (guilty & GUILTY_PEER)
		json_string(json, "peer_address", group_address(key, key->peer_addr, -1, address));
	if (guilty & GUILTY_PEER_PORT)
		json_or_null(json, "peer_port", known(key->port));
	if (guilty & GUILTY_REASON)
		json_string(json, "reason", tcpscope_reason_name(key->kind));
	json_or_null(json, "oldest_ms", known(group->oldest_ms));
	json_end_object(json);
}

#define GUILTY_SHOWN 10

/* first, unless it is NULL, before the others. */
static void all_guilty(struct json *json, const struct doctor_run *run, const struct groups *groups,
		       unsigned int guilty, uint64_t (*weight)(const struct group *group), const struct group *first)
{
	const struct group **sorted = groups_sorted(groups, weight);
	size_t shown = !!first;

	if (first)
		one_guilty(json, run, first, guilty, weight(first));
	for (size_t i = 0; sorted[i] && shown < GUILTY_SHOWN; i++) {
		if (sorted[i] == first)
			continue;
		one_guilty(json, run, sorted[i], guilty, weight(sorted[i]));
		shown++;
	}
	free(sorted);
}

static bool refused_lately(const struct groups *refused)
{
	for (size_t i = 0; i < refused->n; i++)
		if (refused->all[i].n && refused->all[i].oldest_ms <= 60000)
			return true;
	return false;
}

/* The one the text names, which is not always the one with the most. */
static const struct group *worst_port(const struct timewait *timewait)
{
	struct advice_basis basis;

	advice_basis(&basis, timewait, 0);
	return basis.worst;
}

/* Those of TIME-WAIT and ports are timewait's own groups. */
static void guilty_of(struct json *json, const struct doctor_run *run, size_t i)
{
	const struct timewait *timewait = &run->timewait;
	unsigned int pair = GUILTY_LOCAL | GUILTY_PEER | GUILTY_PEER_PORT;

	if (check_at(i)->judge == judge_time_wait)
		all_guilty(json, run, &timewait->owners, GUILTY_OWNER, group_n, NULL);
	else if (check_at(i)->judge == judge_ports && refused_lately(&timewait->refused))
		all_guilty(json, run, &timewait->refused, pair, group_n, NULL);
	else if (check_at(i)->judge == judge_ports)
		all_guilty(json, run, &timewait->ports, pair | GUILTY_COUNTED, timewait_ports_used, worst_port(timewait));
	else
		all_guilty(json, run, &run->groups[i], check_at(i)->guilty, group_n, NULL);
}

static void one_check(struct json *json, const struct doctor_run *run, size_t i, const struct finding *finding)
{
	const struct check *check = check_at(i);
	bool wrong = finding->level >= LEVEL_WARNING;

	json_object(json, NULL);
	json_string(json, "check", check->name);
	json_string(json, "level", level_name(finding->level));
	json_real(json, "value", finding->level != LEVEL_UNKNOWN, finding->value);
	json_string(json, "unit", check->unit);
	json_real(json, "warning", true, run->limits[i].warning);
	json_real(json, "critical", true, run->limits[i].critical);
	json_string(json, "evidence", finding->evidence);
	json_string(json, "remedy", wrong ? check->remedy : NULL);
	json_array(json, "guilty");
	if (wrong)
		guilty_of(json, run, i);
	json_end_array(json);
	json_end_object(json);
}

static int print_json(const struct doctor_run *run, const struct finding *findings)
{
	struct strbuf text = {};
	struct json json = { .to = &text };
	int error;

	json_object(&json, NULL);
	json_array(&json, "checks");
	for (size_t i = 0; check_at(i); i++)
		one_check(&json, run, i, &findings[i]);
	json_end_array(&json);
	json_u64(&json, "interval_ms", run->span_ns / NSEC_PER_MSEC);
	json_losses(&json, run->losses);
	json_end_object(&json);
	error = json_print(&json);
	strbuf_free(&text);
	return error;
}

static int show(const struct doctor_run *run, bool as_json)
{
	struct finding findings[CHECKS_MAX];
	bool wrong = false;
	int status;

	for (size_t i = 0; check_at(i); i++) {
		check_run(run, i, &findings[i]);
		wrong = wrong || findings[i].level >= LEVEL_WARNING;
	}
	status = output_end((as_json ? print_json : print_text)(run, findings));
	return status == EXIT_DONE && wrong ? EXIT_FOUND : status;
}

/* The exit status; what is lacking is said once, not on every screen. */
static int tell_lack(const struct doctor *doctor, const struct doctor_run *run, int status)
{
	if (!run->snapshot.module || (run->snapshot.from_lives && doctor->every_ns))
		return status;
	snapshot_status(&run->snapshot);
	return status == EXIT_FOUND ? status : EXIT_FAILED;
}

static int look(void *ctx)
{
	const struct doctor *doctor = ctx;
	struct doctor_run *run = need(NULL, sizeof(*run));
	int status;

	*run = doctor->run;
	status = doctor_run_measure(run);
	if (status == EXIT_DONE)
		status = tell_lack(doctor, run, show(run, doctor->as_json));
	doctor_run_free(run);
	free(run);
	return status;
}

int cmd_doctor(const struct command *command, int argc, char **argv)
{
	struct doctor doctor = {};
	const struct option_spec spec = {
		.command = command,
		.common = "JN46",
		.own = doctor_options,
		.take = take,
		.ctx = &doctor,
		.more_help = help,
	};
	struct options options;
	int status;

	doctor_run_init(&doctor.run);
	status = options_parse(&spec, argc, argv, &options);
	doctor.run.selection = options.selection;
	doctor.as_json = options.json;
	if (status != OPTIONS_GO_ON)
		return status;
	return doctor.list ? list_thresholds() : watch(doctor.every_ns, look, &doctor, EXIT_FOUND);
}
