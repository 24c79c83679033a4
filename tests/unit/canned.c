// SPDX-License-Identifier: GPL-2.0
/* usage: canned DIRECTORY [TIMES] — writes connections.bin, with the rows TIMES over, and lives.bin. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

int main(int argc, char **argv)
{
	struct tcpscope_header header = {
		.version = TCPSCOPE_ABI_VERSION,
		.header_size = sizeof(header),
		.record_size = TCPSCOPE_CONN_SIZE,
		.timer_size = sizeof(struct tcpscope_timer),
		.hz = 250,
		.time_ns = NOW_NS,
	};
	int times = argc > 2 ? atoi(argv[2]) : 1;
	FILE *file = create(argv[1], "connections.bin");

	memcpy(header.magic, TCPSCOPE_MAGIC, sizeof(header.magic));
	fwrite(&header, sizeof(header), 1, file);
	while (times-- > 0)
		rows_write(file);
	if (fclose(file))
		return 1;
	file = create(argv[1], "lives.bin");
	fwrite(lives, sizeof(lives), 1, file);
	return fclose(file) != 0;
}
