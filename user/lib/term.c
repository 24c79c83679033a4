// SPDX-License-Identifier: GPL-2.0
#include "lib/term.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/parse.h"

int watch_parse(const char *argument, uint64_t *every_ns)
{
	*every_ns = 2 * NSEC_PER_SEC;
	if (argument && (!parse_span(argument, NSEC_PER_SEC, every_ns) || *every_ns < NSEC_PER_SEC / 10))
		return misuse("--watch takes seconds, 0.1 at least, not '%s'", argument);
	return EXIT_DONE;
}

/* Gives that time; or the present, if it is past already. */
static uint64_t sleep_until(uint64_t time_ns)
{
	struct timespec until = { .tv_sec = time_ns / NSEC_PER_SEC, .tv_nsec = time_ns % NSEC_PER_SEC };
	uint64_t now = now_ns();

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return time_ns > now ? time_ns : now;
}

int watch(uint64_t every_ns, int (*run)(void *ctx), void *ctx, int good)
{
	uint64_t next_ns = now_ns();
	bool draw = every_ns && isatty(STDOUT_FILENO);
	int status;

	for (;;) {
		if (draw)
			printf("\033[H\033[2J");
		status = run(ctx);
		if (!every_ns || (status != EXIT_DONE && status != good))
			return status;
		next_ns = sleep_until(next_ns + every_ns);
	}
}
