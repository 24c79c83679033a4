// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for the recorder in the unit tests: there is one if the directory of
 * canned records has a lives.bin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "canned_source.h"
#include "cmd/command.h"
#include "lib/error.h"
#include "rows.h"
#include "source/netns.h"
#include "source/recorder.h"
#include "source/reset_reason.h"

#define MAX 64

/* What ended is those that live, too. */
static struct tcpscope_life lives_read[MAX];
static struct tcpscope_ended ended_read[MAX];
static struct tcpscope_totals totals = {
	.transitions = { [TCPSCOPE_ESTABLISHED][TCPSCOPE_FIN_WAIT1] = 3, [TCPSCOPE_FIN_WAIT1][TCPSCOPE_FIN_WAIT2] = 2 },
	.retransmits = { [TCPSCOPE_RETRANSMIT_RTO] = 5 },
	.resets = { [TCPSCOPE_RESET_SENT] = 1 },
	.ends = { [TCPSCOPE_REASON_TIMEWAIT_EXPIRED] = 4 },
};
static const struct source_losses losses = { .count = { 0, 7 } };
static struct canned canned = { .lives = lives_read, .ended = ended_read, .totals = &totals, .losses = &losses };

static bool read_lives(void)
{
	const char *directory = getenv("TCPSCOPE_DEBUGFS");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/lives.bin", directory ? directory : "");
	file = fopen(path, "r");
	if (!file)
		return false;
	canned.n_lives = canned.n_ended = fread(lives_read, sizeof(*lives_read), MAX, file);
	fclose(file);
	for (size_t i = 0; i < canned.n_lives; i++)
		ended_read[canned.n_lives - 1 - i] = (struct tcpscope_ended){
			.seq = i + 1, .ended_ns = lives_read[i].since_ns, .life = lives_read[i] };
	return true;
}

struct source *source_recorder_open(void)
{
	canned.source.trouble = read_lives() ? SOURCE_OK : SOURCE_NO_RECORDER;
	return canned_source(&canned);
}

/* The one that has the number of the canned connections' second namespace now. */
void netns_identify_number(struct netns_id *id)
{
	id->cookie = id->number == NETNS_B ? NETNS_B_COOKIE : 0;
}

int netns_identify_path(const char *path, struct netns_id *id)
{
	struct stat file;

	if (stat(path, &file))
		return -errno;
	*id = (struct netns_id){ .number = file.st_ino };
	return 0;
}

void netns_read(struct netns *netns, struct netns_id id)
{
	canned_netns(NULL, netns, id);
}

void netns_read_counters(const struct netns *netns, struct netns_counters *counters)
{
	*counters = netns->counters;
}

uint64_t timewait_bytes(void)
{
	return 272;
}

/* As if the running kernel had these two. */
const char *reset_reason_name(unsigned int reason)
{
	return reason == 1 ? "no_socket" : reason == 2 ? "tcp_timeout_abort" : NULL;
}

bool recorder_stopped(void)
{
	return false;
}

int recorder_pinned(void)
{
	return -ENOENT;
}

const char *recorder_hook_state_name(enum recorder_hook_state state)
{
	return state == RECORDER_HOOK_ATTACHED ? "attached" : "missing";
}

int recorder_each_hook(recorder_hook_fn fn, void *ctx)
{
	static const struct recorder_hook hooks[] = {
		{ "connect", "fentry/tcp_connect", RECORDER_HOOK_ATTACHED, NULL, "owners" },
		{ "probed", "fentry/tcp_write_wakeup", RECORDER_HOOK_MISSING, "no such function", "probes" },
	};

	fn(&hooks[0], ctx);
	fn(&hooks[1], ctx);
	return 0;
}

int cmd_attach(const struct command *command, int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}

int cmd_detach(const struct command *command, int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}

int cmd_trace(const struct command *command, int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}
