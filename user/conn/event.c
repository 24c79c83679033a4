// SPDX-License-Identifier: GPL-2.0
#include "conn/event.h"

#include "source/reset_reason.h"

/* A state of 0: the connection began with this event. */
static void state_text(struct strbuf *text, unsigned int state)
{
	if (state)
		strbuf_name(text, tcpscope_state_name(state), state);
	else
		strbuf_char(text, '-');
}

/* Of what had to be challenged no more is known than that (tcp_validate_incoming(), net/ipv4/tcp_input.c). */
static void segment_text(struct strbuf *text, const struct tcpscope_event *event)
{
	if (event->detail)
		strbuf_name(text, tcpscope_segment_name(event->detail), event->detail);
	else
		strbuf_string(text, event->kind == TCPSCOPE_EVENT_ARRIVAL ? "syn or rst, challenged" : "-");
}

static void reset_text(struct strbuf *text, const struct tcpscope_event *event)
{
	strbuf_name(text, tcpscope_reset_name(event->detail), event->detail);
	if (!event->attempt)
		return;
	strbuf_string(text, ", ");
	strbuf_name(text, reset_reason_name(event->attempt), event->attempt);
}

void event_what_text(struct strbuf *text, const struct tcpscope_event *event)
{
	switch (event->kind) {
	case TCPSCOPE_EVENT_STATE:
		state_text(text, event->from);
		strbuf_string(text, " -> ");
		state_text(text, event->to);
		break;
	case TCPSCOPE_EVENT_RETRANSMIT:
		strbuf_name(text, tcpscope_retransmit_name(event->detail), event->detail);
		if (!event->attempt) /* a probe or a fast retransmission: no timeout in a row */
			break;
		strbuf_string(text, ", attempt ");
		strbuf_u64(text, event->attempt);
		break;
	case TCPSCOPE_EVENT_RESET:
		reset_text(text, event);
		break;
	case TCPSCOPE_EVENT_REQUEST_DROP:
		strbuf_name(text, tcpscope_reason_name(event->attempt), event->attempt);
		break;
	case TCPSCOPE_EVENT_END:
		strbuf_name(text, tcpscope_reason_name(event->detail), event->detail);
		break;
	case TCPSCOPE_EVENT_ARRIVAL:
	case TCPSCOPE_EVENT_TIMEWAIT_RESTART:
		segment_text(text, event);
		break;
	}
}

static void reset_json(struct json *json, const struct tcpscope_event *event)
{
	json_name(json, "kind", tcpscope_reset_name(event->detail), event->detail);
	json_code(json, "reset_reason", reset_reason_name, event->attempt);
}

void event_what_json(struct json *json, const struct tcpscope_event *event)
{
	switch (event->kind) {
	case TCPSCOPE_EVENT_RETRANSMIT:
		json_name(json, "kind", tcpscope_retransmit_name(event->detail), event->detail);
		json_u64(json, "attempt", event->attempt);
		break;
	case TCPSCOPE_EVENT_RESET:
		reset_json(json, event);
		break;
	case TCPSCOPE_EVENT_REQUEST_DROP:
		json_name(json, "reason", tcpscope_reason_name(event->attempt), event->attempt);
		break;
	case TCPSCOPE_EVENT_END:
		json_name(json, "reason", tcpscope_reason_name(event->detail), event->detail);
		break;
	case TCPSCOPE_EVENT_ARRIVAL:
	case TCPSCOPE_EVENT_TIMEWAIT_RESTART:
		if (event->detail)
			json_name(json, "kind", tcpscope_segment_name(event->detail), event->detail);
		break;
	}
}

void event_states_json(struct json *json, const struct tcpscope_event *event)
{
	json_code(json, "from", tcpscope_state_key, event->from);
	json_code(json, "to", tcpscope_state_key, event->to);
}

/* In the order in which a connection goes through them; the first of each pair of ways stands first. */
static const uint8_t in_time[] = {
	TCPSCOPE_LISTEN,     TCPSCOPE_SYN_SENT,	 TCPSCOPE_SYN_RECV,  TCPSCOPE_ESTABLISHED, TCPSCOPE_FIN_WAIT1,
	TCPSCOPE_FIN_WAIT2,  TCPSCOPE_CLOSING,	 TCPSCOPE_CLOSE_WAIT, TCPSCOPE_LAST_ACK,	   TCPSCOPE_TIME_WAIT,
	TCPSCOPE_CLOSE,
};
_Static_assert(sizeof(in_time) == TCPSCOPE_STATE_MAX - 1, "each state has its place");

bool durations_text(struct strbuf *text, const __u64 state_ns[static TCPSCOPE_STATE_MAX])
{
	const char *before = "";

	for (size_t i = 0; i < sizeof(in_time); i++) {
		unsigned int state = in_time[i];

		if (!state_ns[state])
			continue;
		strbuf_string(text, before);
		strbuf_name(text, tcpscope_state_name(state), state);
		strbuf_char(text, ' ');
		strbuf_span(text, state_ns[state]);
		before = ", ";
	}
	return *before;
}

void durations_json(struct json *json, const char *key,
		    const __u64 state_ns[static TCPSCOPE_STATE_MAX])
{
	json_object(json, key);
	for (unsigned int state = 1; state < TCPSCOPE_STATE_MAX; state++)
		if (state_ns[state] && tcpscope_state_key(state))
			json_u64(json, tcpscope_state_key(state), state_ns[state] / 1000);
	json_end_object(json);
}

/* A step has less room: one byte for the detail and the kind, one for the rest. */
static void step_event(const struct tcpscope_step *step, struct tcpscope_event *event)
{
	unsigned int detail = step->kind_detail & 0xf;

	*event = (struct tcpscope_event){
		.time_ns = (__u64)step->time * 1000,
		.kind = step->kind_detail >> 4,
	};
	switch (event->kind) {
	case TCPSCOPE_EVENT_STATE:
		event->from = detail;
		event->to = step->arg;
		break;
	case TCPSCOPE_EVENT_END:
		event->detail = step->arg;
		break;
	case TCPSCOPE_EVENT_RETRANSMIT:
		event->detail = detail & ~TCPSCOPE_WITH_FIN;
		event->attempt = step->arg;
		break;
	default:
		event->detail = detail;
		event->attempt = step->arg;
	}
}

/* Once the count has passed 255 it stays above the number of steps kept. */
size_t life_events(const struct tcpscope_life *life,
		   struct tcpscope_event events[static TCPSCOPE_STEPS])
{
	size_t taken = life->n_steps, n = taken < TCPSCOPE_STEPS ? taken : TCPSCOPE_STEPS;

	for (size_t i = 0; i < n; i++)
		step_event(&life->steps[(taken - n + i) % TCPSCOPE_STEPS], &events[i]);
	return n;
}

bool event_is_data(const struct tcpscope_event *event)
{
	return event->kind == TCPSCOPE_EVENT_RETRANSMIT && (event->detail == TCPSCOPE_RETRANSMIT_RTO ||
							    event->detail == TCPSCOPE_RETRANSMIT_FAST ||
							    event->detail == TCPSCOPE_RETRANSMIT_TLP);
}

/* How often data was sent again: the place of the last one's number (bpf/retransmit.bpf.c). */
static unsigned int resent(const struct tcpscope_life *life)
{
	return life->retransmits[TCPSCOPE_RETRANSMIT_RTO] + life->retransmits[TCPSCOPE_RETRANSMIT_FAST] +
	       life->retransmits[TCPSCOPE_RETRANSMIT_TLP];
}

/*
 * Timeouts in a row send the same segment, the oldest not acknowledged: their count begins anew
 * when that is. So the numbers of those that are forgotten follow from the later ones.
 */
static void timers_numbers(struct recorded_event *told, size_t n)
{
	const struct recorded_event *next = NULL;

	for (size_t i = n; i--;) {
		const struct tcpscope_event *e = &told[i].event;

		if (e->kind != TCPSCOPE_EVENT_RETRANSMIT || e->detail != TCPSCOPE_RETRANSMIT_RTO)
			continue;
		if (!told[i].has_seq && next && next->has_seq && next->event.attempt == e->attempt + 1) {
			told[i].seq = next->seq;
			told[i].has_seq = true;
		}
		next = &told[i];
	}
}

/* The sequence numbers of the last few are kept, so they are given out from the end. */
size_t life_recorded_events(const struct tcpscope_life *life, struct recorded_event told[static TCPSCOPE_STEPS])
{
	struct tcpscope_event events[TCPSCOPE_STEPS];
	size_t n = life_events(life, events);
	unsigned int number = resent(life), kept = number < TCPSCOPE_RESENT ? number : TCPSCOPE_RESENT;

	for (size_t i = n; i--;) {
		const struct tcpscope_step *step = &life->steps[(life->n_steps - n + i) % TCPSCOPE_STEPS];

		told[i] = (struct recorded_event){
			.event = events[i],
			.isn = life->local_isn,
			.with_fin = events[i].kind == TCPSCOPE_EVENT_RETRANSMIT &&
				    step->kind_detail & TCPSCOPE_WITH_FIN,
		};
		if (!kept || !event_is_data(&events[i]))
			continue;
		told[i].seq = life->resent[number-- % TCPSCOPE_RESENT];
		told[i].has_seq = true;
		kept--;
	}
	timers_numbers(told, n);
	return n;
}
