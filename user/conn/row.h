/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A row, all that is known of one connection; and the join: what the module shows
 * of it now and what the recorder remembers of it, by socket cookie.
 *
 * conn/ is pure: rows in, values out, no I/O. A new column is a row of
 * kmod/uapi/tcpscope/fields.h and, if its type is new, functions in field_*.c.
 *
 * The join never holds the connections. They stream past, each is joined on the way,
 * so that a million of them cost no more memory than one.
 */
#ifndef CONN_ROW_H
#define CONN_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

/* All that is known of one connection; what filters and views work on. */
struct tcpscope_row {
	struct tcpscope_life life; /* first: the recorder answers in place */
	struct tcpscope_conn conn; /* .known says which of it is filled */
	bool has_life;
	bool from_life; /* it exists, and the recorder alone says so: of its flags only those are known */
	bool has_ended; /* the record is of the connection's last moment, */
	uint64_t ended_ago_ns; /* so long ago */
};

/*
 * Asks for the life of a cookie: the recorder's map, so that its hundreds of bytes
 * a connection need not be copied first. 0 or -errno.
 */
typedef int (*life_fetch_fn)(uint64_t cookie, struct tcpscope_life *life, void *ctx);

/*
 * Fills a row with a connection alone, which ends behind its last timer; the
 * recorder's fields are unknown.
 */
void row_from_conn(struct tcpscope_row *row, const struct tcpscope_conn *conn);

/* The timer of a kind that the connection has armed, or NULL. */
const struct tcpscope_timer *conn_timer(const struct tcpscope_conn *conn, enum tcpscope_timer_kind kind);

/* How much of a life somebody needs: each has what those before it have. */
enum life_part {
	LIFE_NONE,
	LIFE_HEAD, /* TCPSCOPE_LIFE_HEAD bytes of it */
	LIFE_WHOLE,
};

/* Adds to such a row what fetch() knows of its cookie. */
void row_join(struct tcpscope_row *row, life_fetch_fn fetch, void *ctx);

/* The same with what is in its life already: the answer for its cookie, of which at least the head is filled. */
void row_join_answer(struct tcpscope_row *row);

/*
 * Fills a row with what a life tells of its connection, for want of the
 * module's record. now_ns: CLOCK_MONOTONIC.
 */
void row_from_life(struct tcpscope_row *row, const struct tcpscope_life *life,
		   uint64_t now_ns);

/* The same for a connection that has ended. */
void row_from_ended(struct tcpscope_row *row,
		    const struct tcpscope_ended *ended, uint64_t now_ns);

/* The same for an event: identity, the state entered, owner and role. */
void row_from_event(struct tcpscope_row *row,
		    const struct tcpscope_event *event);

/*
 * The state as ss has it, enum tcpscope_state: a timewait minisocket that
 * stands for FIN-WAIT-2 is in FIN-WAIT-2.
 */
static inline unsigned int row_state(const struct tcpscope_row *row)
{
	return row->conn.substate ? row->conn.substate : row->conn.state;
}

/* Flags of what only one who was there at the time can know. */
#define ROW_HISTORY_FLAGS                                                          \
	(TCPSCOPE_FLAG_ACCEPTED | TCPSCOPE_FLAG_ADOPTED | TCPSCOPE_FLAG_FASTOPEN | \
	 TCPSCOPE_FLAG_GAP | TCPSCOPE_FLAG_SYNCOOKIE)

/* Flags that the recorder knows; the others only the module does. */
#define ROW_RECORDED_FLAGS (ROW_HISTORY_FLAGS | TCPSCOPE_FLAG_MPTCP | TCPSCOPE_FLAG_V4MAPPED)

/* Whether that field of the connection (TCPSCOPE_KNOWN(…)) is known. */
static inline bool row_knows(const struct tcpscope_row *row, uint64_t field)
{
	return row->conn.known & field;
}

/* Whether data, or a FIN, is known to wait to be sent for the first time. */
static inline bool row_has_unsent(const struct tcpscope_row *row)
{
	const uint64_t numbers = TCPSCOPE_KNOWN(SND_UNA) | TCPSCOPE_KNOWN(SND_NXT) | TCPSCOPE_KNOWN(SEND_Q);

	return (row->conn.known & numbers) == numbers && row->conn.snd_una + row->conn.send_q != row->conn.snd_nxt;
}

#endif
