// SPDX-License-Identifier: GPL-2.0
/* usage: canned DIRECTORY [TIMES] — writes connections.bin, with the rows TIMES over, and lives.bin. */
#include <stdio.h>
#include <stdlib.h>

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
	int times = argc > 2 ? atoi(argv[2]) : 1;
	FILE *file = create(argv[1], "connections.bin");

	fwrite(&conns_header, sizeof(conns_header), 1, file);
	while (times-- > 0)
		rows_write(file);
	if (fclose(file))
		return 1;
	file = create(argv[1], "lives.bin");
	fwrite(lives, sizeof(lives), 1, file);
	return fclose(file) != 0;
}
