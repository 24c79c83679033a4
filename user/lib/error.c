// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/error.h"

/* One line it stays: what was typed may hold newlines and escape sequences. */
static void say(const char *format, va_list arguments)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, arguments);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	for (char *c = strchr(line, '\0'); c > line && c[-1] == ' '; c--)
		c[-1] = '\0';
	fflush(stdout);
	fprintf(stderr, "tcpscope: %s\n", line);
}

int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

int misuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

int output_end(int error)
{
	if (!error && (fflush(stdout) || ferror(stdout)))
		error = -errno;
	if (!error)
		return EXIT_DONE;
	return error == -EPIPE ? EXIT_FAILED :
				 fail("the output could not be written: %s",
				      strerror(-error));
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void *need(void *old, size_t size)
{
	void *new = realloc(old, size);

	if (!new &&size)
		exit(fail("there is not enough memory"));
	return new;
}

void *need_zeros(size_t n, size_t size)
{
	void *new = calloc(n, size);

	if (!new)
		exit(fail("there is not enough memory"));
	return new;
}
