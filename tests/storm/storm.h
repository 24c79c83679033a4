/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The storm: loads that run for a bounded time, and the judges of what the recorder made of them. One program, a
 * subcommand for each; storm.c has the table.
 *
 * Every process that makes connections is named s<pid>, and notes whose each of its sockets is: the truth about
 * owners.
 */
#ifndef STORM_H
#define STORM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a client asks of its server; both know then who closes, and how. */
enum act {
	ACT_CLIENT_FIN,	/* the client closes first */
	ACT_SERVER_FIN,
	ACT_CLIENT_RST,	/* closes with no linger time */
	ACT_SERVER_RST,
	ACT_HALF,	/* the client shuts down, and reads on to the end */
	ACT_UNREAD,	/* the client closes with data unread */
	ACT_BOTH,	/* both close at once */
	ACT_AGAIN,	/* the client disconnects with AF_UNSPEC, and connects the same socket again */
	ACT_STAY,	/* both stay until one of them is killed */
	ACT_ASKED,	/* acts from here on need no server's answer */
	ACT_REFUSED = ACT_ASKED, /* nobody listens there */
	ACT_ABANDON,	/* closed before it is connected */
	ACT_REBIND,	/* from one of a few ports: takes TIME-WAITs over */
	ACT_MAX,
};

/* The first that a client sends, and that the server sends back. */
struct hello {
	uint32_t magic;
	uint32_t pid;		/* of the client */
	uint64_t cookie;	/* of its socket */
	uint32_t act;
	uint32_t pad;
};

#define HELLO_MAGIC 0x5747524d

/* Whose a socket is: what truth files consist of. */
struct truth {
	uint64_t cookie;
	uint32_t pid;
	uint32_t pad;
};

/* --- storm.c --- */

/* Prints what failed, with errno, and exits with 2. */
__attribute__((noreturn)) void die(const char *what);

/* CLOCK_MONOTONIC, in milliseconds. */
int64_t now_ms(void);

/* Names this process s<pid>, and seeds its random numbers. */
void be_named(void);

/* A random number below n. */
uint32_t below(uint32_t n);

/* ADDR as IPv4 or IPv6; gives the length of the address. Dies if it is neither. */
socklen_t address_of(const char *text, uint16_t port, struct sockaddr_storage *to);

/* SO_COOKIE of a socket. */
uint64_t cookie_of(int fd);

/* close() with no linger time: a RST, if it is connected. */
void close_by_rst(int fd);

/* Opens the truth file of this process in the directory of STORM_DIR (default /tmp/storm). */
void truth_open(void);

/* Notes whose a socket is; what is noted reaches the file at once. */
void truth_note(uint64_t cookie, uint32_t pid);

/* --- serve.c --- */

/*
 * Listens at an address until `until_ms`, and does what each client asks. blink_ms: the listener is closed and opened
 * again that often, 0: never.
 */
void serve(const struct sockaddr_storage *at, socklen_t len, int backlog, int64_t until_ms, int blink_ms);

/* --- client.c --- */

/* One connection; false if it failed. */
bool act_once(enum act act, const struct sockaddr_storage *to, socklen_t len);

/* --- maps.c --- */

struct tcpscope_life;

/* The file descriptor of a map of the pinned recorder; -1 if there is none. */
int pinned_map(const char *name);

/* Calls for each life in the map that is not over, with its key; gives how many are over but still there, or -1. */
long each_life(void (*call)(uint64_t cookie, const struct tcpscope_life *life, void *ctx), void *ctx);

/* --- sockets.c --- */

struct socket {
	uint64_t cookie;
	uint8_t state;
	uint16_t local_port, peer_port;
};

/* A growing list; sorted by cookie when it is given. */
struct sockets {
	struct socket *list;
	size_t n, room;
};

/* Every TCP socket of every namespace that has a process or a name, as sock_diag tells. */
void sockets_read(struct sockets *sockets);

/* The one of that cookie, or NULL. */
const struct socket *sockets_find(const struct sockets *sockets, uint64_t cookie);

/* --- the subcommands: each takes its arguments and gives an exit status --- */

int cmd_serve(int argc, char **argv);
int cmd_client(int argc, char **argv);
int cmd_mortals(int argc, char **argv);
int cmd_spaces(int argc, char **argv);
int cmd_hold(int argc, char **argv);
int cmd_flood(int argc, char **argv);
int cmd_selves(int argc, char **argv);
int cmd_resets(int argc, char **argv);
int cmd_ends(int argc, char **argv);
int cmd_claims(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_owners(int argc, char **argv);

#endif /* STORM_H */
