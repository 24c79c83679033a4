// SPDX-License-Identifier: GPL-2.0
/* attach and detach: the recorder that needs no process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "recorder.h"
#include "tcpscope.h"

enum { OPTION_REPLACE = 256, OPTION_MAX_CONNECTIONS, OPTION_KEEP_ENDED, OPTION_RING_BYTES };

static const struct option_row attach_options[] = {
	{ OPTION_REPLACE, "replace", NULL, "take an attached recorder off, once this one is loaded" },
	{ OPTION_MAX_CONNECTIONS, "max-connections", "N",
	  "connections remembered at a time (262144)" },
	{ OPTION_KEEP_ENDED, "keep-ended", "N", "finished connections remembered (8192)" },
	{ OPTION_RING_BYTES, "ring-bytes", "N",
	  "room for events a trace has not read yet, a power of two from 4096 (1048576)" },
	{},
};

struct attach {
	struct recorder_options recorder;
	bool replace;
};

static int take_count(const char *option, const char *argument, uint32_t *count)
{
	char *end;
	unsigned long n = strtoul(argument, &end, 10);

	if (*end || end == argument || *argument == '-' || !n || n > 1 << 24)
		return misuse("--%s takes a number from 1 to %d, not '%s'", option, 1 << 24,
			      argument);
	*count = n;
	return 0;
}

static int take(int letter, const char *argument, void *ctx)
{
	struct attach *attach = ctx;

	switch (letter) {
	case OPTION_REPLACE:
		attach->replace = true;
		return 0;
	case OPTION_MAX_CONNECTIONS:
		return take_count("max-connections", argument, &attach->recorder.max_connections);
	case OPTION_KEEP_ENDED:
		return take_count("keep-ended", argument, &attach->recorder.keep_ended);
	case OPTION_RING_BYTES:
		return ring_bytes_parse(argument, &attach->recorder.ring_bytes);
	}
	return 0;
}

static int already_attached(void)
{
	return fail("a recorder is attached already: "
		    "use it, or take it off with 'tcpscope detach', or attach --replace");
}

static int no_bpffs(int error)
{
	if (error == -EPERM && geteuid())
		return fail("%s is readable by root only: run it with sudo", RECORDER_DIR);
	return fail("%s could not be made (%s): mount -t bpf none /sys/fs/bpf", RECORDER_DIR,
		    strerror(-error));
}

int cmd_attach(int argc, char **argv)
{
	struct attach attach = {};
	const struct option_spec spec = {
		.command = command_find("attach"),
		.common = "",
		.own = attach_options,
		.take = take,
		.ctx = &attach,
	};
	struct recorder *recorder;
	struct options options;
	int error;

	error = options_parse(&spec, argc, argv, &options);
	if (error != OPTIONS_GO_ON)
		return error;
	if (!recorder_pinned() && !attach.replace)
		return already_attached();
	if (recorder_load(&attach.recorder, &recorder))
		return EXIT_FAILED;
	error = recorder_pin(recorder, attach.replace);
	recorder_free(recorder);
	if (error)
		return error == -EEXIST ? already_attached() : no_bpffs(error);
	return EXIT_DONE;
}

int cmd_detach(int argc, char **argv)
{
	const struct option_spec spec = { .command = command_find("detach"), .common = "" };
	struct options options;
	int error;

	error = options_parse(&spec, argc, argv, &options);
	if (error != OPTIONS_GO_ON)
		return error;
	error = recorder_unpin();
	if (error == -ENOENT)
		return fail("no recorder is attached: there is nothing to detach");
	return error ? no_bpffs(error) : EXIT_DONE;
}
