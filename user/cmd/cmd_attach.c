// SPDX-License-Identifier: GPL-2.0
/* attach and detach: the recorder that needs no process. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "lib/error.h"
#include "source/recorder.h"
#include "source/recorder_dir.h"

enum { OPTION_REPLACE = 256, OPTION_SWEEP, OPTION_MAX_CONNECTIONS, OPTION_KEEP_ENDED, OPTION_RING_BYTES };

static const struct option_row attach_options[] = {
	{ OPTION_REPLACE, "replace", NULL, "put this one in the place of an attached recorder, and keep what that one recorded" },
	{ OPTION_SWEEP, "sweep", NULL, "hold an attached recorder against the sockets there are, adopt and end" },
	{ OPTION_MAX_CONNECTIONS, "max-connections", "N",
	  "connections remembered at a time (262144)" },
	{ OPTION_KEEP_ENDED, "keep-ended", "N", "finished connections remembered (8192)" },
	{ OPTION_RING_BYTES, "ring-bytes", "N",
	  "room for events a trace has not read yet, a power of two from 4096 (1048576)" },
	{},
};

struct attach {
	struct recorder_options recorder;
	bool sweep;
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
		attach->recorder.replace = true;
		return 0;
	case OPTION_SWEEP:
		attach->sweep = true;
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

/* One command at a time. */
static int locked(int (*work)(void *ctx), void *ctx)
{
	int lock = pins_lock(), status;

	if (lock < 0)
		return pins_fail(lock);
	status = work(ctx);
	close(lock);
	return status;
}

static int do_attach(void *ctx)
{
	struct attach *attach = ctx;
	struct recorder *recorder;
	int error = recorder_pinned();

	if (!error && !attach->recorder.replace)
		return already_attached();
	if (error && error != -ENOENT)
		return pins_fail(error);
	if (recorder_load(&attach->recorder, &recorder))
		return EXIT_FAILED;
	error = recorder_pin(recorder);
	recorder_free(recorder);
	return error ? pins_fail(error) : EXIT_DONE;
}

/* What the sweep adopts is no surprise to the reconciliation after it. */
static int do_sweep(void *ctx)
{
	struct recorder_reconciled found;
	int error = recorder_pinned();

	if (error == -ENOENT)
		return fail("no recorder is attached: start it with tcpscope attach");
	if (error)
		return pins_fail(error);
	recorder_sweep_pinned();
	error = recorder_reconcile(&found);
	if (error == -EPROTO)
		return fail("the attached recorder is of another release: tcpscope attach --replace");
	if (error)
		return fail("the attached recorder could not be held against the sockets there are (%s): "
			    "tcpscope status tells what it lacks", strerror(-error));
	printf("%" PRIu64 " connections followed, %" PRIu64 " sockets, %" PRIu64
	       " ended whose socket is gone\n", found.lives, found.sockets, found.ended);
	if (found.uncovered)
		fail("%" PRIu64 " connections are of network namespaces that can't be entered: "
		     "load the module, which sees all", found.uncovered);
	return output_end(0);
}

static int do_detach(void *ctx)
{
	int error = recorder_unpin();

	if (error == -ENOENT)
		return fail("no recorder is attached: there is nothing to detach");
	return error ? pins_fail(error) : EXIT_DONE;
}

int cmd_attach(const struct command *command, int argc, char **argv)
{
	struct attach attach = {};
	const struct option_spec spec = {
		.command = command,
		.common = "",
		.own = attach_options,
		.take = take,
		.ctx = &attach,
	};
	struct options options;
	int error;

	error = options_parse(&spec, argc, argv, &options);
	if (error != OPTIONS_GO_ON)
		return error;
	if (attach.sweep && attach.recorder.replace)
		return misuse("--sweep and --replace exclude each other");
	return locked(attach.sweep ? do_sweep : do_attach, &attach);
}

int cmd_detach(const struct command *command, int argc, char **argv)
{
	const struct option_spec spec = { .command = command, .common = "" };
	struct options options;
	int error;

	error = options_parse(&spec, argc, argv, &options);
	return error == OPTIONS_GO_ON ? locked(do_detach, NULL) : error;
}
