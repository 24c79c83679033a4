/* SPDX-License-Identifier: GPL-2.0 */
/* What one end did, as segments sent and received: what segments.c and the files below it work on. */
#ifndef EXPLAIN_ACTS_H
#define EXPLAIN_ACTS_H

#include "explain/exchange.h"

/* One segment that this end sent or met. */
struct act {
	uint64_t time_ns;
	uint64_t came_ns; /* when the other end received it; 0: not seen to */
	uint32_t seq, isn; /* isn: of its sender's life, 0: not known */
	uint8_t kind; /* enum segment_kind */
	uint8_t state; /* entered with it, enum tcpscope_state; 0: none */
	bool has_seq;
	bool again; /* it had been sent, or met, before */
	bool data_in_vain; /* the data in it came, and had come before */
	bool may_ride; /* an ACK that another segment may have carried */
	bool is_last_ack; /* of the peer's FIN, sent in TIME-WAIT */
	bool taken; /* brought together with the other end's act */
	bool doubtful; /* a challenge, or a FIN that had come early: it counts if the peer sent such a one */
	bool rode; /* an ACK that cost no segment of its own */
};

struct acts {
	struct act act[2 * END_TOLD];
	size_t n;
};

struct end_acts {
	struct acts sent, met; /* in order of time */
	bool crossed; /* SYNs met half way */
	bool by_cookie; /* begins with the handshake's third segment */
	bool early_fin; /* the peer's FIN came before its last data did */
	bool fin_unsent; /* its own FIN has not left */
};

/* One way between two ends, of which both are known. */
struct match {
	struct exchange *exchange;
	bool from_peer;
	struct end_acts *sender, *receiver;
	const struct end *sender_end, *receiver_end;
	uint64_t window_ns; /* in which an ACK arrives */
	uint64_t delay_ns; /* the longest way that a segment was seen to take */
};

/* Reads them from an end's events. */
void acts_of(const struct end *end, struct end_acts *acts);

/*
 * Adds a segment that from_peer's side sent at one act and the other met at the
 * other; NULL for an act nobody saw.
 */
struct segment *segment_add(struct exchange *exchange, bool from_peer, const struct act *sent,
			    const struct act *met, enum fate fate);

/* Whether a FIN that was sent again had data before it. */
bool match_carries_data(const struct match *match, const struct act *act);

/* Whether the receiver would remember having met something at that time. */
bool match_remembers(const struct match *match, uint64_t time_ns);

/* After how long its sender takes a segment of that kind for lost. */
uint64_t match_timeout_ns(const struct match *match, uint8_t kind);

/*
 * When everything sent at that time has arrived, if it ever does: a delay has no bound,
 * but one several times as long as any seen, and half a second at least, is taken for none.
 */
uint64_t match_settled_ns(const struct match *match, uint8_t kind, uint64_t sent_ns);

/* Until when the receiver would have recorded an arrival: until it ended, or now. */
uint64_t match_horizon_ns(const struct match *match);

/* Whether it is an acknowledgment and nothing else: nothing answers it, and it is never retransmitted. */
static inline bool act_is_ack(const struct act *act)
{
	return act->kind == SEGMENT_HANDSHAKE_ACK || act->kind == SEGMENT_DATA_ACK || act->kind == SEGMENT_FIN_ACK;
}

/* Whether a sequence number is before another (RFC 9293, 3.4). */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

#endif
