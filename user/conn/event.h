/* SPDX-License-Identifier: GPL-2.0 */
/* What an event says beyond whose it is; and the events a life remembers. */
#ifndef CONN_EVENT_H
#define CONN_EVENT_H

#include <tcpscope/abi.h>

#include "lib/json.h"
#include "lib/strbuf.h"

/* In words: "ESTAB -> FIN-WAIT-1", "rto, attempt 3", "normal". */
void event_what_text(struct strbuf *text, const struct tcpscope_event *event);

/* As keys of the JSON object under way: kind, attempt, reset_reason, reason. */
void event_what_json(struct json *json, const struct tcpscope_event *event);

/* The state left and the state entered, as the keys from and to; null for none. */
void event_states_json(struct json *json, const struct tcpscope_event *event);

/* The time in each state left, in words: "ESTAB 86us, FIN-WAIT-1 34us". Whether there was any. */
bool durations_text(struct strbuf *text, const __u64 state_ns[static TCPSCOPE_STATE_MAX]);

/* The same as an object of microseconds by state. */
void durations_json(struct json *json, const char *key,
		    const __u64 state_ns[static TCPSCOPE_STATE_MAX]);

/*
 * The flight recorder: the last events of a life, oldest first, with time, kind and
 * what the kind says filled in. Gives how many.
 */
size_t life_events(const struct tcpscope_life *life,
		   struct tcpscope_event events[static TCPSCOPE_STEPS]);

/* One of them, with what explain needs beyond that. */
struct recorded_event {
	struct tcpscope_event event;
	uint32_t seq; /* of data sent again, if has_seq */
	bool has_seq;
	bool with_fin; /* a FIN was in what was sent again */
	uint32_t isn; /* the initial sequence number of the life it is of; 0: not known */
};

/* The same events, told so. */
size_t life_recorded_events(const struct tcpscope_life *life, struct recorded_event told[static TCPSCOPE_STEPS]);

/* Whether the event is of data sent again; a FIN may go with it. */
bool event_is_data(const struct tcpscope_event *event);

#endif
