/* SPDX-License-Identifier: GPL-2.0 */
/* Connections and lives made by hand, which the unit tests share. */
#ifndef ROWS_H
#define ROWS_H

#include <stdio.h>

#include "conn/row.h"

/*
 * cookie		what it is
 * 1	LISTEN		0.0.0.0:80, 3 of 2 accepted, in netns A, nginx/100
 * 2	ESTAB		10.0.0.2:80 < 10.0.0.1:40000, retransmitted 3 times, nginx/101, mark 0x11
 * 3	SYN-RECV	10.0.0.2:80 < 10.0.0.9:40001, a request; nothing recorded
 * 4	TIME-WAIT	192.168.7.1:50000 > 93.184.216.34:443; curl/200, who closed first
 * 5	FIN-WAIT-2	[2001:db8::1]:50001 > [2001:db8::2]:22, a minisocket; of a netns that had B's number before
 * 6	ESTAB		::ffff:10.0.0.3 :8080 < ::ffff:10.0.0.4, no timers, in netns B
 * 7	CLOSE-WAIT	[fe80::1]:443 < [fe80::2]:60000, a process with an evil name
 * 8	99		unknown numbers wherever a number has a name; in netns B, by the number alone
 * 9	SYN-SENT	10.0.0.2:50002 > 10.9.9.9:5432; the module knows little of it,
 *			the recorder is a state behind
 */
#define N_CONNS 9
#define N_LIVES 6

#define NETNS_A 4026531840u
#define NETNS_B 4026532000u
#define NETNS_A_COOKIE 1u
#define NETNS_OLD_COOKIE 41u
#define NETNS_B_COOKIE 42u
#define NOW_NS 1000000000000ull /* when every record was taken */

extern const struct tcpscope_conn conns[N_CONNS];
extern const struct tcpscope_life lives[N_LIVES];

/* A header of connections.bin; and its records: writes all conns as they are there. */
extern const struct tcpscope_header conns_header;
void rows_write(FILE *file);

/* The rows of all conns, joined with the lives, in the order of their cookies: a fixture makes them. */
extern struct tcpscope_row rows[N_CONNS];
int rows_join(void **state);

#endif
