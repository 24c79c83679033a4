// SPDX-License-Identifier: GPL-2.0
#include "explain/segments.h"
#include "stories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MS 1000000ull
#define BEGIN_NS (900 * 1000 * MS) /* of the time the words count from */

typedef const char *(*name_fn)(unsigned int value);

static void die(const char *what, const char *word)
{
	fprintf(stderr, "stories: %s '%s'\n", what, word);
	abort();
}

static unsigned int find(name_fn name, unsigned int max, const char *word)
{
	for (unsigned int i = 0; i < max; i++)
		if (name(i) && !strcmp(name(i), word))
			return i;
	die("there is no name", word);
	return 0;
}

static void step(struct tcpscope_life *life, uint64_t ns, unsigned int kind, unsigned int detail, unsigned int arg)
{
	uint64_t us = ns / 1000;

	life->steps[life->n_steps % TCPSCOPE_STEPS] = (struct tcpscope_step){
		.time = us, .kind_detail = kind << 4 | detail, .arg = arg,
	};
	if (!++life->n_steps)
		life->n_steps = 256 - TCPSCOPE_STEPS;
}

static void enter(struct tcpscope_row *row, uint64_t ns, const char *word)
{
	struct tcpscope_life *life = &row->life;
	unsigned int to = find(tcpscope_state_key, TCPSCOPE_STATE_MAX, word);

	step(life, ns, TCPSCOPE_EVENT_STATE, life->state, to);
	if (!life->born_ns)
		life->born_ns = ns;
	else
		life->state_ns[life->state] += ns - life->since_ns;
	life->since_ns = ns;
	life->state = row->conn.state = to;
}

static void sent_again(struct tcpscope_life *life, uint64_t ns, char *word)
{
	char *fin = strchr(word, '/');
	unsigned int kind;

	if (fin)
		*fin = '\0';
	kind = find(tcpscope_retransmit_name, TCPSCOPE_RETRANSMIT_MAX, word);
	life->retransmits[kind]++;
	step(life, ns, TCPSCOPE_EVENT_RETRANSMIT, kind | (fin && !atoi(fin + 1) ? TCPSCOPE_WITH_FIN : 0),
	     fin && atoi(fin + 1) ? atoi(fin + 1) : life->retransmits[kind]);
}

static void end(struct tcpscope_row *row, uint64_t ns, const char *reason)
{
	struct tcpscope_life *life = &row->life;

	life->reason = find(tcpscope_reason_name, TCPSCOPE_REASON_MAX, reason);
	step(life, ns, TCPSCOPE_EVENT_END, 0, life->reason);
	life->state_ns[life->state] += ns - life->since_ns;
	row->has_ended = true;
	row->conn.time_ns = ns;
	row->ended_ago_ns = EXCHANGE_NOW_NS - ns;
	row->conn.known &= ~TCPSCOPE_KNOWN(TIMERS);
}

static void reset(struct tcpscope_life *life, uint64_t ns, bool sent)
{
	step(life, ns, TCPSCOPE_EVENT_RESET, sent ? TCPSCOPE_RESET_SENT : TCPSCOPE_RESET_RECEIVED, 0);
	life->resets_sent += sent;
	life->resets_received += !sent;
}

static void happens(struct tcpscope_row *row, uint64_t ns, char *word)
{
	struct tcpscope_life *life = &row->life;
	unsigned int segment = strchr("<~", *word) && word[1] ?
				       find(tcpscope_segment_name, TCPSCOPE_SEGMENT_MAX, word + 1) :
				       0;

	if (*word == '+')
		sent_again(life, ns, word + 1);
	else if (*word == '<')
		step(life, ns, TCPSCOPE_EVENT_ARRIVAL, segment, 0);
	else if (*word == '~')
		step(life, ns, TCPSCOPE_EVENT_TIMEWAIT_RESTART, segment, 0);
	else if (!strncmp(word, "rst-", 4))
		reset(life, ns, word[4] == 'o');
	else if (!strncmp(word, "end=", 4))
		end(row, ns, word + 4);
	else
		enter(row, ns, word);
}

/* --- what is true of it --- */

static const char *hint_name(unsigned int bit)
{
	return bit == HINT_ABORT ? "abort" : bit == HINT_ENDING ? "ending" : bit == HINT_LINGER ? "linger" :
	       bit == HINT_UNSENT ? "unsent" : NULL;
}

static uint32_t find_bit(name_fn name, const char *word)
{
	for (unsigned int bit = 1; bit; bit <<= 1)
		if (name(bit) && !strcmp(name(bit), word))
			return bit;
	die("there is no bit", word);
	return 0;
}

static void arm(struct tcpscope_conn *conn, char *word)
{
	char *tries = strchr(word, '/');

	if (tries)
		*tries++ = '\0';
	conn->timers[conn->n_timers++] = (struct tcpscope_timer){
		.kind = find(tcpscope_timer_name, TCPSCOPE_TIMER_MAX, word),
		.attempt = tries ? atoi(tries) : 0,
		.limit = 6,
		.expires_ns = 2000 * MS,
		.gives_up_ns = 60000 * MS,
		.error = 110,
	};
}

static void numbers(char *words, uint32_t *a, uint32_t *b, uint32_t *c)
{
	*a = strtoul(words, &words, 10);
	*b = *words ? strtoul(words + 1, &words, 10) : 0;
	if (c)
		*c = *words ? strtoul(words + 1, &words, 10) : 0;
}

static bool is_queue(struct tcpscope_row *row, const char *name, char *value)
{
	if (!strcmp(name, "wnd")) {
		numbers(value, &row->conn.snd_wnd, &row->conn.rcv_wnd, NULL);
		row->conn.known |= TCPSCOPE_KNOWN(SND_WND) | TCPSCOPE_KNOWN(RCV_WND);
	} else if (!strcmp(name, "live")) {
		numbers(value, &row->conn.snd_una, &row->conn.snd_nxt, &row->conn.rcv_nxt);
		row->conn.known |= TCPSCOPE_KNOWN(SND_UNA) | TCPSCOPE_KNOWN(SND_NXT) | TCPSCOPE_KNOWN(RCV_NXT);
	} else if (!strcmp(name, "recv_q") || !strcmp(name, "send_q")) {
		*(*name == 'r' ? &row->conn.recv_q : &row->conn.send_q) = atoi(value);
		row->conn.known |= TCPSCOPE_KNOWN(RECV_Q) | TCPSCOPE_KNOWN(SEND_Q);
	} else {
		return false;
	}
	return true;
}

static bool is_counter(struct tcpscope_life *life, const char *name, char *value)
{
	struct tcpscope_traffic *t = &life->traffic;

	if (!strcmp(name, "segs"))
		numbers(value, &t->segs_in, &t->segs_out, NULL);
	else if (!strcmp(name, "seq"))
		numbers(value, &t->snd_una, &t->snd_nxt, &t->rcv_nxt);
	else if (!strcmp(name, "syns"))
		life->syns = atoi(value);
	else if (!strcmp(name, "requests"))
		life->requests = atoi(value);
	else if (!strcmp(name, "overflows"))
		life->overflows = atoi(value);
	else if (!strcmp(name, "resent"))
		for (unsigned int i = 0; i < TCPSCOPE_RESENT; i++)
			life->resent[i] = atoi(value);
	else
		return false;
	return true;
}

static void is_so(struct tcpscope_row *row, const char *name, char *value)
{
	if (!strcmp(name, "flag"))
		row->conn.flags = row->life.flags |= find_bit(tcpscope_flag_name, value);
	else if (!strcmp(name, "hint"))
		row->life.hints |= find_bit(hint_name, value);
	else if (!strcmp(name, "closer"))
		row->life.first_closer = find(tcpscope_closer_name, TCPSCOPE_CLOSER_MAX, value);
	else if (!strcmp(name, "heir"))
		row->life.heir = atoi(value);
	else if (!strcmp(name, "timer"))
		arm(&row->conn, value);
	else if (!is_queue(row, name, value) && !is_counter(&row->life, name, value))
		die("there is no such thing", name);
}

static void take_word(struct tcpscope_row *row, char *word)
{
	char *colon = strchr(word, ':'), *equals = strchr(word, '=');

	if (colon) {
		happens(row, BEGIN_NS + (uint64_t)(atof(word) * 1e6), colon + 1);
	} else if (equals) {
		*equals = '\0';
		is_so(row, word, equals + 1);
	} else if (!strcmp(word, "no-life")) {
		row->has_life = false;
	} else if (!strcmp(word, "itself")) {
		memcpy(row->conn.peer_addr, row->conn.local_addr, 16);
		row->conn.peer_port = row->conn.local_port;
	} else if (!strcmp(word, "adopted")) {
		row->life.born_ns = 0;
		row->conn.flags = row->life.flags |= TCPSCOPE_FLAG_ADOPTED;
	} else {
		row->life.role = find(tcpscope_role_name, TCPSCOPE_ROLE_MAX, word);
	}
}

/* The first end is 10.0.0.1:40000 with the initial number 1000, the other 10.0.0.2:80 with 5000. */
static void make_row(struct tcpscope_row *row, char *words, bool is_peer, uint64_t cookie)
{
	char *rest;

	*row = (struct tcpscope_row){
		.has_life = true,
		.conn = { .cookie = cookie, .family = AF_INET, .time_ns = EXCHANGE_NOW_NS,
			  .known = TCPSCOPE_KNOWN(TIMERS) | TCPSCOPE_KNOWN(STATE) | TCPSCOPE_KNOWN(FLAGS) |
				   TCPSCOPE_KNOWN(COOKIE) | TCPSCOPE_KNOWN(NETNS),
			  .netns = 4026532000 + is_peer,
			  .local_port = is_peer ? 80 : 40000, .peer_port = is_peer ? 40000 : 80,
			  .local_addr = { 10, 0, 0, is_peer ? 2 : 1 }, .peer_addr = { 10, 0, 0, is_peer ? 1 : 2 } },
		.life = { .cookie = cookie, .local_isn = is_peer ? 5000 : 1000, .peer_isn = is_peer ? 1000 : 5000,
			  .owner = { .pid = is_peer ? 200 : 100, .comm = "tcp" } },
	};
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		take_word(row, word);
}

void exchange_of(struct exchange *exchange, const char *words)
{
	char *copy = strdup(words), *rest, *end = strtok_r(copy, "|", &rest);
	struct tcpscope_row row;
	uint64_t cookie = 1;

	make_row(&row, end, false, cookie++);
	exchange_begin(exchange, &row, EXCHANGE_NOW_NS);
	exchange->has_module = exchange->has_recorder = true;
	while ((end = strtok_r(NULL, "|", &rest))) {
		make_row(&row, end, true, cookie++);
		if (row_is_target(&exchange->self.row, &row)) {
			static struct tcpscope_row target;

			target = row;
			exchange->target = &target;
			continue;
		}
		if (!rows_are_ends(&exchange->self.row, &row))
			die("these are not ends of one connection", words);
		exchange_join(exchange, &row);
	}
	segments_find(exchange);
	free(copy);
}
