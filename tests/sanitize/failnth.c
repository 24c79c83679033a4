// SPDX-License-Identifier: GPL-2.0
/*
 * usage: failnth FILE: reads FILE again and again, and each time another allocation of the kernel's fails:
 * the first, the second, and so on until all succeed. Whoever opens or reads may get ENOMEM, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 20];

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* Reads the file from end to end. 0 or the errno. */
static int read_all(const char *path)
{
	int fd = open(path, O_RDONLY), error = 0;
	ssize_t got = 1;

	if (fd < 0)
		return errno;
	while (got > 0)
		got = read(fd, buffer, sizeof(buffer));
	if (got < 0)
		error = errno;
	close(fd);
	return error;
}

/* Lets the n-th allocation from now on fail; 0: none, and gives whether it did. */
static int arm(int fd, int n)
{
	char text[16] = "";

	if (!n && pread(fd, text, sizeof(text) - 1, 0) < 0)
		die("read fail-nth");
	if (dprintf(fd, "%d", n) < 0)
		die("write fail-nth");
	return !atoi(text);
}

int main(int argc, char **argv)
{
	int fd = open("/proc/self/fail-nth", O_RDWR), n, error, failed = 1, refused = 0;

	if (argc != 2 || fd < 0)
		die("failnth");
	for (n = 1; failed; n++) {
		arm(fd, n);
		error = read_all(argv[1]);
		failed = arm(fd, 0);
		refused += error == ENOMEM;
		if (error && error != ENOMEM) {
			printf("%s: allocation %d fails, and the reader gets %s\n", argv[1], n, strerror(error));
			return 1;
		}
	}
	printf("%s: each of %d allocations failed once, %d times the reader got ENOMEM\n", argv[1], n - 2, refused);
	return refused == 0;
}
