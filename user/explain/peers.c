// SPDX-License-Identifier: GPL-2.0
#include "explain/peers.h"
#include "lib/error.h"
#include "source/netns.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096
#define FEW 64 /* subjects whose listeners are looked for: each listener is held against each */

void peers_free(struct peers *s)
{
	free(s->row);
	free(s->other);
	free(s->bucket);
	free(s->next);
	free(s->next_numbered);
	free(s->target);
	free(s->several);
	free(s->first_other);
	free(s->next_other);
	*s = (struct peers){ 0 };
}

void peers_add(struct peers *s, const struct tcpscope_row *row)
{
	if (s->n == s->size) {
		s->size = s->size ? 2 * s->size : 16;
		s->row = need(s->row, s->size * sizeof(*s->row));
	}
	s->row[s->n++] = *row;
}

/* The same for both ends. */
static size_t bucket_of(const struct tcpscope_row *row)
{
	return (row->conn.local_port ^ row->conn.peer_port) % BUCKETS;
}

/* Addresses and ports may be others behind NAT; these numbers are not. */
static size_t numbers_bucket(const struct tcpscope_row *row)
{
	uint64_t numbers = row_numbers(row);

	return BUCKETS + (numbers ^ numbers >> 32) % BUCKETS;
}

static void index_rows(struct peers *s)
{
	s->bucket = need(NULL, 2 * BUCKETS * sizeof(*s->bucket));
	memset(s->bucket, 0, 2 * BUCKETS * sizeof(*s->bucket));
	s->next = need(NULL, (s->n + 1) * sizeof(*s->next));
	if (s->n <= FEW) {
		s->target = need_zeros(s->n, sizeof(*s->target));
		s->several = need_zeros(s->n, sizeof(*s->several));
	}
	s->next_numbered = need(NULL, (s->n + 1) * sizeof(*s->next_numbered));
	s->first_other = need(NULL, (s->n + 1) * sizeof(*s->first_other));
	memset(s->first_other, 0, s->n * sizeof(*s->first_other));
	for (size_t i = 0; i < s->n; i++) {
		size_t *first = &s->bucket[bucket_of(&s->row[i])];
		size_t *numbered = &s->bucket[numbers_bucket(&s->row[i])];

		s->next[i] = *first;
		*first = i + 1;
		s->next_numbered[i] = *numbered;
		*numbered = i + 1;
	}
}

static void keep(struct peers *s, size_t of, const struct tcpscope_row *row)
{
	if (s->n_others == s->size_others) {
		s->size_others = s->size_others ? 2 * s->size_others : 16;
		s->other = need(s->other, s->size_others * sizeof(*s->other));
		s->next_other = need(s->next_other, s->size_others * sizeof(*s->next_other));
	}
	s->other[s->n_others] = *row;
	s->next_other[s->n_others] = s->first_other[of];
	s->first_other[of] = ++s->n_others;
}

static void offer_target(struct peers *s, const struct tcpscope_row *row)
{
	for (size_t i = 0; s->target && i < s->n; i++) {
		if (!row_is_target(&s->row[i], row))
			continue;
		s->several[i] |= s->target[i].conn.cookie;
		s->target[i] = *row;
	}
}

void peers_offer(struct peers *s, const struct tcpscope_row *row)
{
	if (!s->bucket)
		index_rows(s);
	if (row->conn.state == TCPSCOPE_LISTEN)
		offer_target(s, row);
	for (size_t i = s->bucket[bucket_of(row)]; i; i = s->next[i - 1])
		if (rows_are_ends(&s->row[i - 1], row) || rows_are_siblings(&s->row[i - 1], row))
			keep(s, i - 1, row);
	for (size_t i = row_numbers(row) ? s->bucket[numbers_bucket(row)] : 0; i; i = s->next_numbered[i - 1])
		if (bucket_of(&s->row[i - 1]) != bucket_of(row) && rows_are_ends(&s->row[i - 1], row))
			keep(s, i - 1, row);
}

/*
 * How sure the other end of one is: as sure as the surest of those it may be. By
 * addresses alone two may be it, in two namespaces; then it is not known which.
 */
static enum kinship surest(const struct peers *s, size_t i)
{
	const struct tcpscope_conn *first = NULL;
	enum kinship best = KIN_NOT;
	bool several = false;

	for (size_t j = s->first_other ? s->first_other[i] : 0; j; j = s->next_other[j - 1]) {
		const struct tcpscope_row *other = &s->other[j - 1];
		enum kinship kinship = rows_kinship(&s->row[i], other);

		if (kinship > best)
			first = NULL, several = false, best = kinship;
		if (kinship != best || best == KIN_NOT)
			continue;
		several |= first && !netns_same(NETNS_OF(first), NETNS_OF(&other->conn));
		first = &other->conn;
	}
	return several ? KIN_NOT : best;
}

void peers_story(const struct peers *s, size_t i, struct exchange *exchange, uint64_t now_ns)
{
	enum kinship best = surest(s, i);

	exchange_begin(exchange, &s->row[i], now_ns);
	if (s->target && s->target[i].conn.cookie && !s->several[i])
		exchange->target = &s->target[i];
	for (size_t j = s->first_other ? s->first_other[i] : 0; j; j = s->next_other[j - 1])
		if (rows_are_siblings(&s->row[i], &s->other[j - 1]))
			exchange_add_sibling(exchange, &s->other[j - 1]);
		else if (best && rows_kinship(&s->row[i], &s->other[j - 1]) == best)
			exchange_join(exchange, &s->other[j - 1]);
}
