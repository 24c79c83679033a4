// SPDX-License-Identifier: GPL-2.0
/* timewait: TIME-WAITs counted, who makes them, where they lead, and what to do. */
#include <stdio.h>

#include "cmd/options.h"
#include "lib/error.h"
#include "lib/parse.h"
#include "lib/term.h"
#include "snapshot/snapshot.h"
#include "source/losses.h"
#include "timewait/view.h"

enum { WATCH = 256, TOP };

struct look {
	struct options options;
	uint64_t every_ns; /* of --watch, or 0 */
	unsigned int top;
};

static const struct option_row timewait_options[] = {
	{ WATCH, "watch", "[=SEC]", "again every 2 seconds, or SEC" },
	{ TOP, "top", "N", "lines of each table at most (default 10)" },
	{ 0 },
};

static int take(int letter, const char *argument, void *ctx)
{
	struct look *look = ctx;
	uint64_t n;

	if (letter == WATCH)
		return watch_parse(argument, &look->every_ns);
	if (!parse_number(argument, &n) || !n || n > 1000000)
		return misuse("--top takes a number of lines, not '%s'", argument);
	look->top = n;
	return EXIT_DONE;
}

static void take_conn(const struct tcpscope_conn *conn, const struct life_brief *whose, void *ctx)
{
	timewait_add(ctx, conn, whose);
}

static void take_ended(const struct tcpscope_ended *ended, void *ctx)
{
	timewait_add_ended(ctx, ended);
}

static void take_no_port(const struct tcpscope_no_port_key *key,
			 const struct tcpscope_no_port *no_port, void *ctx)
{
	timewait_add_refused(ctx, key, no_port);
}

static int show(const struct look *look, struct timewait *timewait, const struct sources *sources)
{
	struct tcpscope_totals totals;
	struct source_losses losses;
	struct timewait_view view = {
		.timewait = timewait,
		.losses = sources_losses(sources, &losses),
		.bytes_each = source_minisocket_bytes(sources->host),
		.top = look->top,
		.header = !look->options.no_header,
	};
	int error;

	timewait->hz = sources->module->hz;
	timewait_finish(timewait);
	if (view.losses && !source_totals(sources->recorder, &totals))
		view.totals = &totals;
	error = (look->options.json ? timewait_print_json : timewait_print)(&view);
	losses_tell(view.losses);
	return output_end(error);
}

static int count_and_show(const struct look *look, struct snapshot *snapshot)
{
	struct timewait *timewait = snapshot->ctx;
	int status = snapshot_count(snapshot);

	if (status != EXIT_DONE)
		return status;
	timewait->from_lives = snapshot->from_lives;
	if (snapshot_has_any(snapshot))
		status = show(look, timewait, snapshot->sources);
	/* said once, not on every screen */
	return snapshot->module && !(snapshot->from_lives && look->every_ns) ? snapshot_status(snapshot) : status;
}

static int run(void *ctx)
{
	struct look *look = ctx;
	struct timewait timewait;
	struct sources sources;
	struct snapshot snapshot = {
		.sources = &sources,
		.selection = &look->options.selection,
		.conn = take_conn,
		.ended = take_ended,
		.no_port = take_no_port,
		.ctx = &timewait,
	};
	int status;

	sources_open(&sources);
	snapshot_init(&snapshot);
	timewait_init(&timewait, &snapshot.lives, sources.host);
	status = count_and_show(look, &snapshot);
	timewait_free(&timewait);
	snapshot_free(&snapshot);
	sources_close(&sources);
	return status;
}

int cmd_timewait(const struct command *command, int argc, char **argv)
{
	struct look look = { .top = 10 };
	const struct option_spec spec = {
		.command = command,
		.common = "JHN46",
		.own = timewait_options,
		.take = take,
		.ctx = &look,
		.takes_filter = true,
	};
	int status = options_parse(&spec, argc, argv, &look.options);

	if (status == OPTIONS_GO_ON)
		status = watch(look.every_ns, run, &look, EXIT_DONE);
	filter_free(look.options.selection.filter);
	return status;
}
