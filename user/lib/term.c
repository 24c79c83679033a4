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

int watch(uint64_t every_ns, int (*run)(void *ctx), void *ctx, int good)
{
	struct timespec span = { .tv_sec = every_ns / NSEC_PER_SEC, .tv_nsec = every_ns % NSEC_PER_SEC };
	bool draw = every_ns && isatty(STDOUT_FILENO);
	int status;

	for (;;) {
		if (draw)
			printf("\033[H\033[2J");
		status = run(ctx);
		if (!every_ns || (status != EXIT_DONE && status != good))
			return status;
		nanosleep(&span, NULL);
	}
}
