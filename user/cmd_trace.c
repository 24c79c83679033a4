// SPDX-License-Identifier: GPL-2.0
/* trace: every event as it happens, and at the end what was lost. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "recorder.h"
#include "source.h"
#include "store.h"
#include "tcpscope.h"
#include "view_event.h"

/* How often the ring is looked into, and how long it is filled without that. */
#define LOOK_EVERY_NS 50000000ull
#define LISTEN_AHEAD_NS 2000000000ull

enum { RING_BYTES = 256 };

struct trace {
	struct options options;
	struct recorder_options recorder_options;
	struct recorder *recorder; /* NULL: the attached one is read */
	int events, losses, control;
	struct source_losses before; /* of an attached recorder: what others lost */
	struct filter_bounds bounds;
	bool all; /* no event needs to be judged */
	struct text text;
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

/* --- opening --- */

static int open_own(struct trace *trace)
{
	if (recorder_load(&trace->recorder_options, &trace->recorder))
		return EXIT_FAILED;
	trace->events = recorder_map(trace->recorder, "events");
	trace->losses = recorder_map(trace->recorder, "losses");
	trace->control = recorder_map(trace->recorder, "control");
	return EXIT_DONE;
}

static int open_attached(struct trace *trace)
{
	trace->events = bpf_obj_get(RECORDER_DIR "/events");
	trace->losses = bpf_obj_get(RECORDER_DIR "/losses");
	trace->control = bpf_obj_get(RECORDER_DIR "/control");
	if (trace->events < 0 || trace->losses < 0 || trace->control < 0)
		return fail("the attached recorder could not be opened (%s): "
			    "attach it anew with 'tcpscope attach --replace'",
			    strerror(errno));
	return EXIT_DONE;
}

/* What nobody will be shown need not enter the ring. */
static void put_bounds(struct tcpscope_control *control, const struct filter_bounds *bounds)
{
	control->states = bounds->states;
	control->families = bounds->families;
	control->local_port_min = bounds->local_port.min;
	control->local_port_max = bounds->local_port.max;
	control->peer_port_min = bounds->peer_port.min;
	control->peer_port_max = bounds->peer_port.max;
	control->port_min = bounds->port.min;
	control->port_max = bounds->port.max;
}

/* The ring goes on being filled for a while; a reader that dies need not say so. */
static int listen_until(struct trace *trace, uint64_t until_ns)
{
	struct tcpscope_control control;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(trace->control, &zero, &control))
		return -errno;
	control.listen_until_ns = until_ns;
	put_bounds(&control, &trace->bounds);
	return bpf_map_update_elem(trace->control, &zero, &control, BPF_ANY) ? -errno : 0;
}

static bool somebody_listens(struct trace *trace)
{
	struct tcpscope_control control;
	__u32 zero = 0;

	return !bpf_map_lookup_elem(trace->control, &zero, &control) &&
	       control.listen_until_ns > now_ns();
}

static void count_losses(struct trace *trace, struct source_losses *losses)
{
	source_bpf_losses_of(trace->losses, losses);
	losses->count[TCPSCOPE_LOSS_MISSED] = recorder_misses(trace->recorder);
}

static int trace_open(struct trace *trace)
{
	int error = recorder_pinned();

	error = error ? open_own(trace) : open_attached(trace);
	if (error)
		return error;
	if (somebody_listens(trace))
		return fail("another trace reads the attached recorder: stop it first");
	count_losses(trace, &trace->before);
	trace->bounds = options_bounds(&trace->options);
	trace->all = options_show_all(&trace->options);
	trace->start_ns = now_ns();
	if (trace->until_ns)
		trace->until_ns += trace->start_ns;
	return EXIT_DONE;
}

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
	if (!all && options_verdict(&trace->options, &row) != VERDICT_YES)
		return 0;
	if (json)
		event_json(&trace->text, event, size);
	else
		event_line(&trace->text, event, size, &row, trace->start_ns,
			   !trace->options.numeric);
	if (trace->text.len > 1 << 16)
		trace->error = text_write(&trace->text, stdout);
	return trace->error;
}

static int flush(struct trace *trace)
{
	if (!trace->error)
		trace->error = text_write(&trace->text, stdout);
	if (!trace->error && fflush(stdout))
		trace->error = -errno;
	return trace->error;
}

static void look(struct trace *trace, struct ring_buffer *ring)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_NS };

	while (!stop && !trace->error) {
		uint64_t now = now_ns();

		if (trace->until_ns && now >= trace->until_ns)
			break;
		trace->error = listen_until(trace, now + LISTEN_AHEAD_NS);
		if (!trace->error && ring_buffer__consume(ring) >= 0)
			flush(trace);
		if (!trace->error)
			nanosleep(&pause, NULL);
	}
	listen_until(trace, 0);
	if (!trace->error)
		ring_buffer__consume(ring);
}

/* The losses of this trace, not those of the recorder's whole life. */
static void tell_losses(struct trace *trace)
{
	struct source_losses lost = {};

	count_losses(trace, &lost);
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		lost.count[i] -= trace->before.count[i];
	if (trace->options.json)
		losses_json(&trace->text, &lost);
	else
		losses_line(&trace->text, &lost);
}

static int run(struct trace *trace)
{
	struct ring_buffer *ring = ring_buffer__new(trace->events, on_event, trace, NULL);
	const struct sigaction action = { .sa_handler = on_signal };

	if (!ring)
		return fail("the ring buffer could not be opened (%s)", strerror(errno));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!trace->options.json && !trace->options.no_header)
		event_header(&trace->text);
	look(trace, ring);
	tell_losses(trace);
	flush(trace);
	ring_buffer__free(ring);
	return output_end(trace->error);
}

int cmd_trace(int argc, char **argv)
{
	struct trace trace = { .events = -1, .losses = -1, .control = -1 };
	const struct option_spec spec = {
		.command = command_find("trace"),
		.common = "JHnN46",
		.own = trace_options,
		.take = take,
		.ctx = &trace,
		.takes_filter = true,
	};
	int status = options_parse(&spec, argc, argv, &trace.options);

	if (status != OPTIONS_GO_ON)
		return status;
	status = trace_open(&trace);
	if (!status)
		status = run(&trace);
	recorder_free(trace.recorder);
	filter_free(trace.options.filter);
	text_free(&trace.text);
	return status;
}
