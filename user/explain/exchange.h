/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exchange of one connection: what is known of this end, of the other end if
 * that is on this host too, and the segments between them that follow from it.
 * Pure: it is made of rows, and does no I/O.
 */
#ifndef EXPLAIN_EXCHANGE_H
#define EXPLAIN_EXCHANGE_H

#include "conn/event.h"
#include "conn/row.h"
#include "source/holders.h"

/* An end may have had several lives: requests that were given up one after the other. */
#define END_LIVES 4
#define END_TOLD (END_LIVES * TCPSCOPE_STEPS)

struct end {
	struct tcpscope_row row; /* of the latest life */
	struct recorded_event told[END_TOLD]; /* oldest first */
	size_t n_told;
	size_t n_lives;
	unsigned int forgotten; /* events that were overwritten; 255: as many or more */
};

/* enum tcpscope_segment, and what the recorder has no number for. */
enum segment_kind {
	SEGMENT_SYN,
	SEGMENT_SYNACK,
	SEGMENT_HANDSHAKE_ACK, /* the third of the handshake, or one like it */
	SEGMENT_DATA,
	SEGMENT_DATA_ACK,
	SEGMENT_FIN,
	SEGMENT_FIN_ACK,
	SEGMENT_ACK, /* a bare ACK of which only the number is known */
	SEGMENT_RST,
	SEGMENT_PROBE,
	SEGMENT_KEEPALIVE,
	SEGMENT_KINDS,
};

/* What became of a segment. One end knows of an arrival only by its answer. */
#define FATES(X) \
	X(ARRIVED, "arrived") \
	X(LOST, "lost") \
	X(REFUSED, "refused") \
	X(UNDER_WAY, "under_way") \
	X(UNKNOWN, "unknown")

enum fate {
#define FATE_X(symbol, name) FATE_##symbol,
	FATES(FATE_X)
#undef FATE_X
};

struct segment {
	uint64_t sent_ns, came_ns; /* CLOCK_MONOTONIC; 0: not known */
	uint64_t at_ns; /* its place in the order of all */
	uint32_t seq, ack, isn;
	bool has_seq, has_ack;
	bool from_peer;
	uint8_t kind; /* enum segment_kind */
	uint8_t fate; /* enum fate */
	uint8_t attempt; /* 0: the first time */
	uint8_t sender_state, receiver_state; /* entered with it; 0: none */
	uint16_t count; /* as many of the same, sent at times unknown */
	bool is_last_ack; /* a FIN_ACK sent from TIME-WAIT */
	bool is_foreign; /* a RST that the end it seems to be from has not sent */
};

#define EXCHANGE_SEGMENTS (4 * END_TOLD)

struct exchange {
	struct end self, peer; /* peer: if joined */
	bool joined;
	bool has_module, has_recorder; /* could be asked */
	const struct tcpscope_life *listener; /* of the passive end; NULL: not known */
	const struct tcpscope_row *target; /* the listener it connects to; NULL: not known, or several */
	const struct holder *holders; /* who has this end's socket open; NULL: not known */
	size_t n_holders;
	bool maker_ended; /* the process that made it is no more */
	uint64_t now_ns;
	struct segment segments[EXCHANGE_SEGMENTS]; /* in order of time */
	size_t n_segments;
};

/* Begins an exchange with what is known of this end. */
void exchange_begin(struct exchange *exchange, const struct tcpscope_row *row,
		 uint64_t now_ns);

/* How sure it is that two rows are the ends of one connection; by more, the better. */
enum kinship {
	KIN_NOT,
	KIN_BY_ADDRESS, /* addresses and ports, and nothing contradicts */
	KIN_BY_NUMBER, /* and one of the initial sequence numbers */
	KIN_CERTAIN, /* both of these; addresses may differ then, by NAT */
};

/*
 * Whether b is the other end of a: the addresses and ports reversed, and no
 * sequence number known to both contradicts. Namespaces may differ, unless the
 * addresses are loopback. An IPv4 address may be mapped into an IPv6 one.
 */
enum kinship rows_kinship(const struct tcpscope_row *a, const struct tcpscope_row *b);

static inline bool rows_are_ends(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	return rows_kinship(a, b) != KIN_NOT;
}

/*
 * Whether a is a connect whose SYNs go unanswered, or went so, and b is a listener
 * of this host at the address and port it connects to.
 */
bool row_is_target(const struct tcpscope_row *a, const struct tcpscope_row *b);

/* Of a connection whose beginning was seen both initial sequence numbers together: equal for both ends. 0: not known. */
uint64_t row_numbers(const struct tcpscope_row *row);

/* Adds a life of the other end; rows_are_ends() holds for it. In any order. */
void exchange_join(struct exchange *exchange, const struct tcpscope_row *row);

/*
 * Whether b is another life of the same end: a request that was given up, and
 * the one that the same SYN, sent again, made before or after.
 */
bool rows_are_siblings(const struct tcpscope_row *a, const struct tcpscope_row *b);

/* Adds the events of such a life. */
void exchange_add_sibling(struct exchange *exchange, const struct tcpscope_row *row);

/* The state an end is in or was in when it ended, enum tcpscope_state; 0: not known. */
unsigned int end_state(const struct end *end);

/* Whether it is over. */
static inline bool end_is_over(const struct end *end)
{
	return end->row.has_ended;
}

/* What an end says of its sequence numbers: the next it expects, the oldest not acknowledged, the next it sends. */
bool end_rcv_nxt(const struct end *end, uint32_t *seq);
bool end_snd_una(const struct end *end, uint32_t *seq);
bool end_snd_nxt(const struct end *end, uint32_t *seq);

/* Whether it has closed its direction, and its FIN waits behind data that is not sent yet, or never was. */
bool end_fin_unsent(const struct end *end);

/* Whether an end would know of each RST it had sent: it was there all the time, and nothing is missing. */
bool end_knows_resets(const struct end *end, uint64_t until_ns);

/* How many segments of that kind have this fate, from one side or both. */
enum side { FROM_SELF = 1, FROM_PEER = 2, FROM_BOTH = 3 };
unsigned int exchange_count(const struct exchange *exchange, enum segment_kind kind,
			 enum fate fate, enum side side);

/* The name of a fate, and that of a kind as the JSON and the ladder have it. */
const char *fate_name(enum fate fate);
const char *segment_kind_key(enum segment_kind kind);
const char *segment_kind_name(enum segment_kind kind);

#endif
