// SPDX-License-Identifier: GPL-2.0
/* trace: every event as it happens, and at the end what was lost. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "conn/row.h"
#include "lib/error.h"
#include "snapshot/tap.h"
#include "source/recorder.h"
#include "source/source.h"
#include "view/event_view.h"

/* How often the ring is looked into. */
#define LOOK_EVERY_NS 50000000ull

enum { RING_BYTES = 256 };

struct trace {
	struct options options;
	struct recorder_options recorder_options;
	struct tap tap;
	enum tap_state state;
	bool all; /* no event needs to be judged */
	struct strbuf text;
	uint64_t start_ns, until_ns; /* until_ns 0: until interrupted */
	int error;
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = 1;
}

static int take_duration(struct trace *trace, const char *argument)
{
	char *end;
	double seconds = strtod(argument, &end);

	if (*end || end == argument || !(seconds > 0 && seconds < 1e9))
		return misuse("--duration takes seconds above 0, not '%s'", argument);
	trace->until_ns = seconds * 1e9;
	return 0;
}

static int take(int letter, const char *argument, void *ctx)
{
	struct trace *trace = ctx;

	if (letter == RING_BYTES)
		return ring_bytes_parse(argument, &trace->recorder_options.ring_bytes);
	return take_duration(trace, argument);
}

static const struct option_row trace_options[] = {
	{ 'd', "duration", "SECONDS", "stop after that time instead of at Ctrl-C" },
	{ RING_BYTES, "ring-bytes", "N",
	  "room for events not read yet, if no recorder is attached (1048576)" },
	{},
};

/* --- reading --- */

static int on_event(void *ctx, void *data, size_t size)
{
	const struct tcpscope_event *event = data;
	struct trace *trace = ctx;
	struct tcpscope_row row;
	bool all = trace->all, json = trace->options.json;

	/* The ring may still hold what a trace before this one left in it. */
	if (size < sizeof(*event) || event->time_ns < trace->start_ns)
		return 0;
	if (!all || !json)
		row_from_event(&row, event);
	if (!all && selection_answer(&trace->options.selection, &row) != FILTER_YES)
		return 0;
	if (json)
		event_json(&trace->text, event, size);
	else
		event_line(&trace->text, event, size, &row, trace->start_ns,
			   !trace->options.numeric);
	if (trace->text.len > 1 << 16)
		trace->error = strbuf_write(&trace->text, stdout);
	return trace->error;
}

static int flush(struct trace *trace)
{
	if (!trace->error)
		trace->error = strbuf_write(&trace->text, stdout);
	if (!trace->error && fflush(stdout))
		trace->error = -errno;
	return trace->error;
}

static void look(struct trace *trace)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_NS };

	while (!stop && !trace->error) {
		if (trace->until_ns && now_ns() >= trace->until_ns)
			break;
		trace->state = tap_look(&trace->tap, &trace->error);
		if (trace->state == TAP_FAILED)
			return;
		flush(trace);
		if (trace->state == TAP_GONE)
			return;
		if (!trace->error)
			nanosleep(&pause, NULL);
	}
	tap_stop(&trace->tap, &trace->error);
}

/* The losses of this trace, not those of the recorder's whole life. */
static void tell_losses(struct trace *trace)
{
	struct source_losses lost = tap_losses(&trace->tap);

	if (trace->options.json)
		losses_json(&trace->text, &lost);
	else
		losses_line(&trace->text, &lost);
}

static int run(struct trace *trace)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int status;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!trace->options.json && !trace->options.no_header)
		event_header(&trace->text);
	look(trace);
	tell_losses(trace);
	flush(trace);
	status = output_end(trace->error);
	return trace->state == TAP_OPEN ? status : EXIT_FAILED;
}

static int start(struct trace *trace)
{
	struct tap *tap = &trace->tap;
	int error;

	tap->bounds = selection_bounds(&trace->options.selection);
	tap->on_event = on_event;
	tap->ctx = trace;
	error = tap_open(tap, &trace->recorder_options);
	if (error)
		return error;
	trace->all = selection_is_all(&trace->options.selection);
	trace->start_ns = now_ns();
	if (trace->until_ns)
		trace->until_ns += trace->start_ns;
	if (tap->recorder) {
		recorder_start(tap->recorder);
		recorder_sweep(tap->recorder);
	}
	return EXIT_DONE;
}

int cmd_trace(const struct command *command, int argc, char **argv)
{
	struct trace trace = {};
	const struct option_spec spec = {
		.command = command,
		.common = "JHnN46",
		.own = trace_options,
		.take = take,
		.ctx = &trace,
		.takes_filter = true,
	};
	int status = options_parse(&spec, argc, argv, &trace.options);

	if (status != OPTIONS_GO_ON)
		return status;
	status = start(&trace);
	if (!status)
		status = run(&trace);
	tap_close(&trace.tap);
	filter_free(trace.options.selection.filter);
	strbuf_free(&trace.text);
	return status;
}
