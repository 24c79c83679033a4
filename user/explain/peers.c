// SPDX-License-Identifier: GPL-2.0
#include "explain/peers.h"
#include "lib/error.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096

void peers_free(struct peers *s)
{
	free(s->row);
	free(s->other);
	free(s->bucket);
	free(s->next);
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

static void index_by_ports(struct peers *s)
{
	s->bucket = need(NULL, BUCKETS * sizeof(*s->bucket));
	memset(s->bucket, 0, BUCKETS * sizeof(*s->bucket));
	s->next = need(NULL, (s->n + 1) * sizeof(*s->next));
	s->first_other = need(NULL, (s->n + 1) * sizeof(*s->first_other));
	memset(s->first_other, 0, s->n * sizeof(*s->first_other));
	for (size_t i = 0; i < s->n; i++) {
		size_t *first = &s->bucket[bucket_of(&s->row[i])];

		s->next[i] = *first;
		*first = i + 1;
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

void peers_offer(struct peers *s, const struct tcpscope_row *row)
{
	if (!s->bucket)
		index_by_ports(s);
	for (size_t i = s->bucket[bucket_of(row)]; i; i = s->next[i - 1])
		if (rows_are_ends(&s->row[i - 1], row) || rows_are_siblings(&s->row[i - 1], row))
			keep(s, i - 1, row);
}

void peers_story(const struct peers *s, size_t i, struct exchange *exchange, uint64_t now_ns)
{
	exchange_begin(exchange, &s->row[i], now_ns);
	for (size_t j = s->first_other ? s->first_other[i] : 0; j; j = s->next_other[j - 1])
		if (rows_are_ends(&s->row[i], &s->other[j - 1]))
			exchange_join(exchange, &s->other[j - 1]);
		else
			exchange_add_sibling(exchange, &s->other[j - 1]);
}
