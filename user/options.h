/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of a subcommand, from tables: parsing, --help and completion. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "filter.h"
#include "netns.h"
#include "store.h"
#include "tcpscope.h"

struct option_row {
	int letter; /* the short form, or a number above 255 for none */
	const char *name; /* the long form; NULL ends a table */
	const char *argument; /* its name, NULL if it takes none; "[=NAME]" if it may */
	const char *help; /* NULL: not shown */
};

/* What a subcommand wants of its command line; it fills this in. */
struct option_spec {
	const struct command *command;
	const char *common; /* which of the common options, of "JHnN46" */
	const struct option_row *own; /* may be NULL */
	/* One of its own was given. 0 to go on, or an exit status, as misuse() gives. */
	int (*take)(int letter, const char *argument, void *ctx);
	void *ctx;
	bool takes_filter; /* the words left over are a filter, else a mistake */
	void (*more_help)(void); /* printed after the options; may be NULL */
};

/* What the common options said. */
struct options {
	bool json;
	bool no_header;
	bool numeric;
	int family; /* AF_UNSPEC: both */
	bool in_netns;
	struct netns_id netns; /* if in_netns */
	struct filter *filter; /* to be freed; NULL if the command takes none */
};

/* What options_parse() gives when the command is to go on. */
#define OPTIONS_GO_ON (-1)

/*
 * Parses argv. OPTIONS_GO_ON; or the exit status to end with, after --help was
 * printed or a mistake was told. Options and filter words may mix.
 */
int options_parse(const struct option_spec *spec, int argc, char **argv,
		  struct options *options);

/* Judges a row by -4, -6, -N and the filter; NO is final, as in filter_verdict(). */
enum verdict options_verdict(const struct options *options,
			     const struct tcpscope_row *row);

/* Whether it is in the namespace that -N named, if it named one. */
bool options_in_netns(const struct options *options, const struct tcpscope_conn *conn);

/* Whether that is YES for every row there can be. */
bool options_show_all(const struct options *options);

/* What every row of that verdict YES must have, by -4, -6 and the filter. */
struct filter_bounds options_bounds(const struct options *options);

#endif
