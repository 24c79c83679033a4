// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for the recorder in the unit tests: there is one if the directory of
 * canned records has a lives.bin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder.h"
#include "source.h"

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

int source_bpf_each(source_life_fn fn, void *ctx)
{
	int error = 0;

	for (size_t i = 0; !error && i < n_canned; i++)
		error = fn(&canned[i], ctx);
	return error;
}

int source_bpf_losses(struct source_losses *losses)
{
	*losses = (struct source_losses){ .count = { 0, 7 } };
	return 0;
}

int recorder_pinned(void)
{
	return -ENOENT;
}

int recorder_each_hook(recorder_hook_fn fn, void *ctx)
{
	static const struct recorder_hook hooks[] = {
		{ "connect", "fentry/tcp_connect", true, NULL },
		{ "probed", "fentry/tcp_write_wakeup", false, "the kernel has no tcp_write_wakeup" },
	};

	fn(&hooks[0], ctx);
	fn(&hooks[1], ctx);
	return 0;
}

int cmd_attach(int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}

int cmd_detach(int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}

int cmd_trace(int argc, char **argv)
{
	return fail("there is no recorder in the unit tests");
}
