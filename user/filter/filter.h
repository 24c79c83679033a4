/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ss's filter language, and predicates of our own. filter/ judges rows, and knows
 * nothing of where they come from or go to. A new predicate is a row of the table
 * in predicate.c.
 *
 *	EXPR := TERM { or TERM }	TERM := FACTOR { [and] FACTOR }
 *	FACTOR := not FACTOR | ( EXPR ) | PREDICATE
 *
 * A value that is not known makes a predicate neither true nor false, and such
 * a connection is not shown, whether the predicate is negated or not.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "conn/row.h"

/* In this order "and" is the minimum, "or" the maximum, "not" the mirror. */
enum filter_answer { FILTER_NO, FILTER_UNKNOWN, FILTER_YES };

struct filter;

struct filter_error {
	size_t at; /* where in the text, from 0 */
	char what[200]; /* what is wrong there */
};

/*
 * Parses a filter; an empty one matches everything. Gives NULL and fills the
 * error if the text is no filter. To be freed with filter_free().
 */
struct filter *filter_parse(const char *text, struct filter_error *error);
void filter_free(struct filter *filter);

/*
 * Judges a row. NO is final: joining more knowledge into the row may turn
 * UNKNOWN into YES or NO, but never NO into anything else. So a connection
 * can be thrown away before the recorder is asked about it.
 */
enum filter_answer filter_answer(const struct filter *filter,
			    const struct tcpscope_row *row);

/*
 * What it answers for every row of which the state is known to be that, as
 * row_state() has it; beyond FILTER_YES if it depends on more.
 */
unsigned int filter_decided(const struct filter *filter, unsigned int state);

/*
 * Which fields of the connection, TCPSCOPE_KNOWN(…) each, must be known of a row
 * for the answer to be YES.
 */
uint64_t filter_needs(const struct filter *filter);

/* And of which timers, a bit each, one must be armed; UINT64_MAX: it may be YES without any. */
uint64_t filter_needs_timer(const struct filter *filter);

/* How much of its life a row must have for the answer. */
enum life_part filter_needs_life(const struct filter *filter);

/* Whether it matches everything; so does a NULL filter. */
bool filter_is_empty(const struct filter *filter);

/* Whether the row is to be shown. A NULL filter shows everything. */
bool filter_match(const struct filter *filter, const struct tcpscope_row *row);

/*
 * What every row a filter shows must have, in terms so simple that the kernel
 * can judge them: a row outside of it is never shown, one inside may be.
 */
struct port_range {
	int min, max; /* min > max: none */
};

struct filter_bounds {
	uint16_t states; /* bit n: state n */
	uint16_t families; /* of the socket: TCPSCOPE_IPV4 | TCPSCOPE_IPV6 */
	struct port_range local_port, peer_port;
	struct port_range port; /* one of the two is in there */
};

/* The bounds of a filter; those of NULL hold everything. */
struct filter_bounds filter_bounds(const struct filter *filter);

/*
 * Whether a state is among those that the filter names; what `exclude` leaves
 * over is not named. A closed socket is shown only to who asks for it.
 */
bool filter_names_state(const struct filter *filter, unsigned int state);

/* The command-line words as one text, for filter_parse(); to be freed. */
char *filter_join(int argc, char *const argv[]);

/* Says on stderr what is wrong with the text, and where. Gives EXIT_USAGE. */
int filter_misuse(const char *text, const struct filter_error *error);

/* One row for each predicate, for help and completion; NULL ends it. */
struct filter_help {
	const char *name;
	const char *synopsis; /* what follows the name */
	const char *help;
};
const struct filter_help *filter_help(size_t i);

/* The i-th name a state or a group of states has in a filter, or NULL at the end. */
const char *filter_state_name(size_t i);

/* The i-th number of a timer that may follow its name, or NULL at the end. */
const char *filter_timer_part(size_t i);

#endif
