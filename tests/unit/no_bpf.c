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

#include "cmd/command.h"
#include "lib/error.h"
#include "rows.h"
#include "source/netns.h"
#include "source/recorder.h"
#include "source/reset_reason.h"
#include "source/source.h"

static struct tcpscope_life canned[64];
static size_t n_canned;

int source_bpf_open(void)
{
	const char *directory = getenv("TCPSCOPE_DEBUGFS");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/lives.bin", directory ? directory : "");
	file = fopen(path, "r");
	if (!file)
		return -errno;
	n_canned = fread(canned, sizeof(*canned), 64, file);
	fclose(file);
	return 0;
}

void source_bpf_close(void)
{
}

int source_bpf_life(uint64_t cookie, struct tcpscope_life *life, void *unused)
{
	for (size_t i = 0; i < n_canned; i++) {
		if (canned[i].cookie != cookie)
			continue;
		*life = canned[i];
		return 0;
	}
	return -ENOENT;
}

int source_bpf_attached(uint64_t *attached_ns)
{
	return -ENOENT;
}

int source_bpf_each(source_life_fn fn, void *ctx)
{
	int error = 0;

	for (size_t i = 0; !error && i < n_canned; i++)
		error = fn(&canned[i], ctx);
	return error;
}

uint64_t source_bpf_hidden(void)
{
	return 0;
}

int source_bpf_each_ended(source_ended_fn fn, void *ctx)
{
	int error = 0;

	for (size_t i = n_canned; !error && i--;) {
		struct tcpscope_ended ended = {
			.seq = i + 1,
			.ended_ns = canned[i].since_ns,
			.life = canned[i],
		};

		error = fn(&ended, ctx);
	}
	return error;
}

int source_bpf_each_no_port(source_no_port_fn fn, void *ctx)
{
	return -ENOENT;
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

/* Settings as Linux has them by default. */
void netns_read(struct netns *netns, struct netns_id id)
{
	netns_clear(netns, id);
	netns_parse_range(netns, "32768\t60999\n");
	netns->setting[NETNS_TW_BUCKETS] = 8192;
	netns->setting[NETNS_TW_REUSE] = 2;
	netns->setting[NETNS_FIN_TIMEOUT] = 60;
	memset(&netns->counters, 0, sizeof(netns->counters));
}

void netns_read_counters(const struct netns *netns, struct netns_counters *counters)
{
	*counters = netns->counters;
}

uint64_t timewait_bytes(void)
{
	return 272;
}

int source_bpf_totals(struct tcpscope_totals *totals)
{
	*totals = (struct tcpscope_totals){};
	totals->transitions[TCPSCOPE_ESTABLISHED][TCPSCOPE_FIN_WAIT1] = 3;
	totals->transitions[TCPSCOPE_FIN_WAIT1][TCPSCOPE_FIN_WAIT2] = 2;
	totals->retransmits[TCPSCOPE_RETRANSMIT_RTO] = 5;
	totals->resets[TCPSCOPE_RESET_SENT] = 1;
	totals->ends[TCPSCOPE_REASON_TIMEWAIT_EXPIRED] = 4;
	return n_canned ? 0 : -ENOENT;
}

int source_bpf_memory(struct source_memory *memory)
{
	*memory = (struct source_memory){
		.lives = n_canned, .lives_max = 64, .bytes = 64 * 500, .bytes_each = 500 };
	return n_canned ? 0 : -ENOENT;
}

/* As if the running kernel had these two. */
const char *reset_reason_name(unsigned int reason)
{
	return reason == 1 ? "no_socket" : reason == 2 ? "tcp_timeout_abort" : NULL;
}

int source_bpf_losses(struct source_losses *losses)
{
	*losses = (struct source_losses){ .count = { 0, 7 } };
	return 0;
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
