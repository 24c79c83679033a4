/* SPDX-License-Identifier: GPL-2.0 */
/* The tests of the verdicts, and what else the files of verdicts share. */
#ifndef EXPLAIN_RULES_H
#define EXPLAIN_RULES_H

#include "explain/explain.h"

#define TEST(symbol) bool holds_##symbol(const struct exchange *s)

/* One for each verdict: whether it holds. */
#define VERDICT_X(symbol, name, meaning) TEST(symbol);
VERDICTS(VERDICT_X)
#undef VERDICT_X

/* What counts as evidence of a rule, a bit each; evidence.c puts it into words. */
enum fact {
	FACT_STATE = 1 << 0, /* since when it is in its state, or how long it was */
	FACT_SYNS = 1 << 1, /* how often what was sent again */
	FACT_SYNACKS = 1 << 2,
	FACT_DATA = 1 << 3,
	FACT_FINS = 1 << 4,
	FACT_PROBES = 1 << 5,
	FACT_KEEPALIVES = 1 << 6,
	FACT_RESETS = 1 << 7,
	FACT_RESTARTS = 1 << 8,
	FACT_LOST = 1 << 9, /* the lost segments of the rule's kind, each with its time */
	FACT_END = 1 << 10, /* the recorder's reason, and when */
	FACT_QUEUES = 1 << 11,
	FACT_LISTENER = 1 << 12, /* its counters */
	FACT_PEER = 1 << 13, /* the other end's state, or its end */
	FACT_CLOSER = 1 << 14,
	FACT_WINDOW = 1 << 15,
	FACT_HEIR = 1 << 16,
};

struct rule {
	uint32_t facts;
	int kind; /* enum segment_kind that FACT_LOST is about; -1: any */
	const char *text; /* with words in braces, see phrases.c */
	const char *unknown; /* to one end; NULL: nothing */
	const char *advice; /* NULL: nothing to do */
	uint8_t covers[8]; /* V_…: what it says better than these; 0 ends them */
	bool still_unknown; /* even to both ends together */
};

extern const struct rule rules[V_MAX];

/* What the recorder knows of this end, if row.has_life says that it knows anything. */
static inline const struct tcpscope_life *life(const struct exchange *s)
{
	return &s->self.row.life;
}

/* How often this end sent segments of that kind again, as far as is known. */
static inline unsigned int again(const struct exchange *s, enum tcpscope_retransmit kind)
{
	return s->self.row.has_life ? life(s)->retransmits[kind] : 0;
}

/* How often FINs and data were sent again; a probe or a timeout may have carried the FIN. */
unsigned int exchange_fins_again(const struct exchange *exchange);
unsigned int exchange_data_again(const struct exchange *exchange);

/* How often TIME-WAIT was restarted by a FIN, or by anything else. */
unsigned int exchange_restarts(const struct exchange *exchange, bool by_fin);

/* Appends what a rule says; the words in braces are worked out. */
void words_expand(const struct exchange *exchange, const struct rule *rule, const char *words,
		  struct strbuf *text);

/* Appends a number with the name of what it counts, in the plural if need be: "1 SYN", "2 SYNs". */
void text_count(struct strbuf *text, unsigned int n, const char *what);

#endif
