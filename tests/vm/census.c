// SPDX-License-Identifier: GPL-2.0
/*
 * Takes snapshots of connections.bin and looks whether who stays is in each of
 * them exactly once:
 *
 *	census FILE SNAPSHOTS PORT
 *
 * Those who stay are the connections with that port at either end, as the
 * first snapshot has them. Nobody else may be there twice either. Prints what
 * it found; exit status 1 if somebody was missed or doubled.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tcpscope/abi.h>

#define MAX 1000000
#define CHUNK 65536	/* small, so that much happens between two reads */

/* The cookies of a snapshot, sorted. */
struct snapshot {
	__u64 *stay, *all;
	size_t n_stay, n_all;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int order(const void *one, const void *two)
{
	__u64 a = *(const __u64 *)one, b = *(const __u64 *)two;

	return a < b ? -1 : a > b;
}

static void take_record(struct snapshot *snapshot, const struct tcpscope_conn *rec, int port)
{
	if (snapshot->n_all == MAX) {
		fprintf(stderr, "census: more than %d records\n", MAX);
		exit(2);
	}
	snapshot->all[snapshot->n_all++] = rec->cookie;
	if (rec->state != TCPSCOPE_LISTEN && (rec->local_port == port || rec->peer_port == port))
		snapshot->stay[snapshot->n_stay++] = rec->cookie;
}

/* Of the record there, 0 if it isn't whole. */
static size_t record_size(const void *at, size_t left)
{
	size_t size = left < TCPSCOPE_CONN_SIZE ? SIZE_MAX : tcpscope_conn_size(at);

	return size <= left ? size : 0;
}

static void take(struct snapshot *snapshot, const char *file, int port)
{
	static char buffer[CHUNK];
	size_t left = 0, at, size;
	struct tcpscope_header header;
	int fd = open(file, O_RDONLY);
	ssize_t got;

	if (fd < 0 || read(fd, &header, sizeof(header)) != sizeof(header))
		die(file);
	snapshot->n_stay = snapshot->n_all = 0;
	while ((got = read(fd, buffer + left, CHUNK - left)) > 0) {
		left += got;
		for (at = 0; (size = record_size(buffer + at, left)); at += size, left -= size)
			take_record(snapshot, (void *)(buffer + at), port);
		memmove(buffer, buffer + at, left);
	}
	if (got < 0)
		die("read");
	close(fd);
	qsort(snapshot->stay, snapshot->n_stay, sizeof(__u64), order);
	qsort(snapshot->all, snapshot->n_all, sizeof(__u64), order);
}

static void make(struct snapshot *snapshot)
{
	snapshot->stay = calloc(MAX, sizeof(__u64));
	snapshot->all = calloc(MAX, sizeof(__u64));
	if (!snapshot->stay || !snapshot->all)
		die("calloc");
}

static size_t doubles(const struct snapshot *snapshot)
{
	size_t n = 0;

	for (size_t i = 1; i < snapshot->n_all; i++)
		n += snapshot->all[i] == snapshot->all[i - 1];
	return n;
}

static size_t missing(const struct snapshot *first, const struct snapshot *snapshot)
{
	size_t n = 0;

	for (size_t i = 0; i < first->n_stay; i++)
		n += !bsearch(&first->stay[i], snapshot->stay, snapshot->n_stay, sizeof(__u64), order);
	return n;
}

int main(int argc, char **argv)
{
	size_t missed = 0, doubled = 0, least = MAX, most = 0;
	struct snapshot first, snapshot;
	int snapshots;

	if (argc != 4) {
		fprintf(stderr, "usage: census FILE SNAPSHOTS PORT\n");
		return 2;
	}
	make(&first);
	make(&snapshot);
	take(&first, argv[1], atoi(argv[3]));
	snapshots = atoi(argv[2]);
	for (int i = 0; i < snapshots; i++) {
		take(&snapshot, argv[1], atoi(argv[3]));
		missed += missing(&first, &snapshot);
		doubled += doubles(&snapshot);
		least = snapshot.n_all < least ? snapshot.n_all : least;
		most = snapshot.n_all > most ? snapshot.n_all : most;
	}
	printf("tcpscope: %zu stay, %zu to %zu records, %d snapshots: missed %zu, doubled %zu\n",
	       first.n_stay, least, most, snapshots, missed, doubled);
	return missed || doubled;
}
