// SPDX-License-Identifier: GPL-2.0
/* The judges: lives beside sockets, and claims about owners beside the truth. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpscope/abi.h>

#include "storm.h"

#define SHOWN 5	/* of each kind of fault */

struct lives {
	struct sockets cookies;	/* sorted, of state and ports too */
	const struct sockets *before, *after;
	long n, extra;
};

static const char *word(const char *name)
{
	return name ? name : "?";
}

static void show_extra(uint64_t cookie, const struct tcpscope_life *life)
{
	printf("extra: cookie %llu %s %s :%u -> :%u hints %x flags %x steps %u born %llu since %llu pid %u\n",
	       (unsigned long long)cookie, word(tcpscope_state_name(life->state)), word(tcpscope_role_name(life->role)),
	       life->local_port, life->peer_port, life->hints, life->flags, life->n_steps,
	       (unsigned long long)life->born_ns, (unsigned long long)life->since_ns, life->owner.pid);
}

static void remember(struct sockets *cookies, uint64_t cookie)
{
	if (cookies->n == cookies->room) {
		cookies->room = cookies->room ? 2 * cookies->room : 4096;
		cookies->list = realloc(cookies->list, cookies->room * sizeof(*cookies->list));
		if (!cookies->list)
			die("lives");
	}
	cookies->list[cookies->n++].cookie = cookie;
}

static void take_life(uint64_t cookie, const struct tcpscope_life *life, void *ctx)
{
	struct lives *lives = ctx;

	remember(&lives->cookies, cookie);
	lives->n++;
	if (sockets_find(lives->before, cookie))
		return;
	if (lives->extra++ < SHOWN)
		show_extra(cookie, life);
}

static int order(const void *one, const void *two)
{
	uint64_t a = ((const struct socket *)one)->cookie, b = ((const struct socket *)two)->cookie;

	return a < b ? -1 : a > b;
}

/* Sockets that are there before and after, and have no life. */
static long count_missing(struct lives *lives)
{
	long missing = 0;

	qsort(lives->cookies.list, lives->cookies.n, sizeof(*lives->cookies.list), order);
	for (size_t i = 0; i < lives->before->n; i++) {
		const struct socket *socket = &lives->before->list[i];

		if (sockets_find(&lives->cookies, socket->cookie) || !sockets_find(lives->after, socket->cookie))
			continue;
		if (missing++ < SHOWN)
			printf("missing: cookie %llu %s :%u -> :%u\n", (unsigned long long)socket->cookie,
			       word(tcpscope_state_name(socket->state)), socket->local_port, socket->peer_port);
	}
	return missing;
}

/* Nothing begins while this runs; what ends meanwhile is no fault either way. */
int cmd_compare(int argc, char **argv)
{
	struct sockets before = {}, after = {};
	struct lives lives = { .before = &before, .after = &after };
	long missing, over;

	sockets_read(&before);
	over = each_life(take_life, &lives);
	if (over < 0)
		die("lives");
	sockets_read(&after);
	missing = count_missing(&lives);
	printf("lives %ld sockets %zu missing %ld extra %ld over %ld\n", lives.n, after.n, missing, lives.extra, over);
	return missing || lives.extra;
}

/* --- owners --- */

#define SLOTS (1U << 22)

enum verdict { RIGHT = 1, NONE = 2, WRONG = 4 };

struct owner {
	uint64_t cookie;
	uint32_t pid;
	uint32_t verdicts;
};

static struct owner *owners;
static long n_truths;

/* The slot of a cookie, or the free one for it. */
static struct owner *slot_of(uint64_t cookie)
{
	uint32_t i = (cookie * 0x9e3779b97f4a7c15ULL) >> 42;

	while (owners[i].cookie && owners[i].cookie != cookie)
		i = (i + 1) % SLOTS;
	return &owners[i];
}

static void take_truth(const struct truth *truth)
{
	struct owner *owner = slot_of(truth->cookie);

	if (!truth->cookie)
		return;
	if (owner->cookie && owner->pid != truth->pid) {
		fprintf(stderr, "storm: cookie %llu is of %u and of %u\n", (unsigned long long)truth->cookie,
			owner->pid, truth->pid);
		exit(2);
	}
	if (!owner->cookie && ++n_truths > SLOTS * 3L / 4) {
		fprintf(stderr, "storm: too many truths\n");
		exit(2);
	}
	owner->cookie = truth->cookie;
	owner->pid = truth->pid;
}

static void read_truths(const char *dir)
{
	struct truth truth;
	struct dirent *entry;
	DIR *d = opendir(dir);
	char path[300];
	FILE *file;

	if (!d)
		die(dir);
	while ((entry = readdir(d))) {
		if (!strstr(entry->d_name, ".truth"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		file = fopen(path, "re");
		while (file && fread(&truth, sizeof(truth), 1, file) == 1)
			take_truth(&truth);
		if (file)
			fclose(file);
	}
	closedir(d);
}

static void judge_claim(uint64_t cookie, uint32_t pid, const char *comm)
{
	static int shown;
	struct owner *owner = slot_of(cookie);
	char name[24];

	if (!owner->cookie)
		return;
	snprintf(name, sizeof(name), "s%u", owner->pid);
	if (!pid) {
		owner->verdicts |= NONE;
	} else if (pid == owner->pid && (!*comm || !strcmp(comm, name))) {
		owner->verdicts |= RIGHT;
	} else {
		owner->verdicts |= WRONG;
		if (shown++ < SHOWN)
			printf("wrong: cookie %llu is of %u, claimed: %u %s\n", (unsigned long long)cookie, owner->pid,
			       pid, comm);
	}
}

int cmd_owners(int argc, char **argv)
{
	long judged = 0, none = 0, wrong = 0;
	unsigned long long cookie;
	const char *dir = getenv("STORM_DIR");
	char line[128], comm[32];
	unsigned int pid;

	owners = calloc(SLOTS, sizeof(*owners));
	if (!owners)
		die("owners");
	read_truths(dir ? dir : "/tmp/storm");
	while (fgets(line, sizeof(line), stdin)) {
		*comm = '\0';
		if (sscanf(line, "%llu %u %31s", &cookie, &pid, comm) >= 2)
			judge_claim(cookie, pid, comm);
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		judged += !!owners[i].verdicts;
		none += owners[i].verdicts == NONE;
		wrong += !!(owners[i].verdicts & WRONG);
	}
	printf("owners %ld judged %ld none %ld wrong %ld\n", n_truths, judged, none, wrong);
	return wrong || !judged;
}
