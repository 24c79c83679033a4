// SPDX-License-Identifier: GPL-2.0
/* The table of predicates. A new one is a row, a reader of its value, and a test. */
#include <fnmatch.h>
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "filter/tree.h"
#include "lib/error.h"
#include "lib/parse.h"
#include "lib/resolve.h"

/* --- any field --- */

/* A number, a span, or the name of another field to compare with. */
static bool quantity_parse(struct node *node, const char *value)
{
	if (field_is_span(node->field) &&
	    parse_span(value, node->unit_ns, &node->number))
		return true;
	if (!field_is_span(node->field) && parse_number(value, &node->number))
		return true;
	node->other = field_find(value, strlen(value));
	return node->other && field_is_quantity(node->other) &&
	       field_is_span(node->other) == field_is_span(node->field);
}

static enum filter_answer quantity_test(const struct node *node,
				  const struct tcpscope_row *row)
{
	uint64_t a, b = node->number;

	if (!field_number(node->field, row, &a) ||
	    (node->other && !field_number(node->other, row, &b)))
		return FILTER_UNKNOWN;
	return compare(node, a, b);
}

static bool text_parse(struct node *node, const char *value)
{
	node->string = strdup(value);
	return *value && (!node->field || field_may_show(node->field, value));
}

/* Against what the column shows; our own words may be written in any case, names of others not. */
static enum filter_answer text_test(const struct node *node,
			      const struct tcpscope_row *row)
{
	struct strbuf text = { 0 };
	enum filter_answer result;

	field_text(node->field, row, &text, false);
	strbuf_char(&text, '\0');
	result = judge(strcmp(text.data, "-"),
		       !fnmatch(node->string, text.data, field_is_named(node->field) ? FNM_CASEFOLD : 0));
	strbuf_free(&text);
	return result;
}

/* --- our own --- */

static bool flag_parse(struct node *node, const char *value)
{
	for (uint32_t bit = 1; tcpscope_flag_name(bit); bit <<= 1)
		if (!strcasecmp(tcpscope_flag_name(bit), value))
			node->mask = bit;
	return node->mask;
}

static enum filter_answer flag_test(const struct node *node,
			      const struct tcpscope_row *row)
{
	bool known = row_knows(row, TCPSCOPE_KNOWN(FLAGS));

	if (row->from_life)
		known = node->mask & ROW_RECORDED_FLAGS;
	else if (node->mask & ROW_HISTORY_FLAGS)
		known = row->has_life;
	return judge(known, row->conn.flags & node->mask);
}

static bool family_parse(struct node *node, const char *value)
{
	if (!strcasecmp(value, "inet") || !strcasecmp(value, "ipv4"))
		node->number = AF_INET;
	else if (!strcasecmp(value, "inet6") || !strcasecmp(value, "ipv6"))
		node->number = AF_INET6;
	return node->number;
}

static enum filter_answer family_test(const struct node *node,
				const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(FAMILY)),
		     row->conn.family == node->number);
}

static bool netns_parse(struct node *node, const char *value)
{
	return !netns_resolve(value, &node->netns);
}

static enum filter_answer netns_test(const struct node *node,
			       const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(NETNS)),
		     netns_same(NETNS_OF(&row->conn), node->netns));
}

static bool uid_parse(struct node *node, const char *value)
{
	const struct passwd *user = getpwnam(value);

	if (user)
		node->number = user->pw_uid;
	return user || parse_number(value, &node->number);
}

static enum filter_answer uid_test(const struct node *node,
			     const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(UID)),
		     row->conn.uid == node->number);
}

static bool cgroup_parse(struct node *node, const char *value)
{
	return !cgroup_id(value, &node->number);
}

static enum filter_answer cgroup_test(const struct node *node,
				const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(CGROUP_ID)),
		     row->conn.cgroup_id == node->number);
}

static bool dev_parse(struct node *node, const char *value)
{
	node->number = if_nametoindex(value);
	return node->number || parse_number(value, &node->number);
}

static enum filter_answer dev_test(const struct node *node,
			     const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(IFINDEX)),
		     row->conn.ifindex == node->number);
}

/* VALUE or VALUE/MASK. */
static bool fwmark_parse(struct node *node, const char *value)
{
	char *copy = strdup(value), *slash = strchr(copy, '/');
	bool good;

	node->mask = UINT32_MAX;
	if (slash)
		*slash++ = '\0';
	good = parse_number(copy, &node->number) &&
	       (!slash || parse_number(slash, &node->mask));
	free(copy);
	return good;
}

static enum filter_answer fwmark_test(const struct node *node,
				const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(MARK)),
		     (row->conn.mark & node->mask) ==
			     (node->number & node->mask));
}

/* A name, a pid, or both as the column shows them. */
static enum filter_answer owner_test(const struct node *node,
			       const struct tcpscope_row *row)
{
	const struct tcpscope_owner *owner = &row->life.owner;
	char name[TCPSCOPE_COMM_LEN + 1], pid[16], both[40];

	if (!row->has_life || !owner->pid)
		return FILTER_UNKNOWN;
	snprintf(name, sizeof(name), "%.*s", TCPSCOPE_COMM_LEN, owner->comm);
	snprintf(pid, sizeof(pid), "%u", owner->pid);
	snprintf(both, sizeof(both), "%s/%s", name, pid);
	return judge(true, !fnmatch(node->string, name, 0) ||
				   !strcmp(node->string, pid) ||
				   !strcmp(node->string, both));
}

/* clang-format off */
static const struct predicate predicates[] = {
	{ { "state",   "STATE", "the connection is in that state, or in one of that group" },
	  OPERATORS_NONE,  "a state", state_parse, state_test, state_bound, LIFE_NONE },
	{ { "exclude", "STATE", "it is not" },
	  OPERATORS_NONE,  "a state", exclude_parse, state_test, state_bound, LIFE_NONE },
	{ { "sport",   "[OP] :PORT", "the local port, by number or service name" },
	  OPERATORS_ALL,   "a port such as :443", port_parse, sport_test, sport_bound, LIFE_NONE },
	{ { "dport",   "[OP] :PORT", "the peer's port" },
	  OPERATORS_ALL,   "a port such as :443", port_parse, dport_test, dport_bound, LIFE_NONE },
	{ { "src",     "ADDRESS[/LENGTH][:PORT]", "the local address is that, or in that prefix" },
	  OPERATORS_EQUAL, "an address such as 10.0.0.0/8 or [::1]:443", host_parse, src_test, src_bound, LIFE_NONE },
	{ { "dst",     "ADDRESS[/LENGTH][:PORT]", "the peer's address is" },
	  OPERATORS_EQUAL, "an address such as 10.0.0.0/8 or [::1]:443", host_parse, dst_test, dst_bound, LIFE_NONE },
	{ { "dev",     "NAME|INDEX", "the socket is bound to that interface" },
	  OPERATORS_EQUAL, "an interface", dev_parse, dev_test, NULL, LIFE_NONE },
	{ { "fwmark",  "MARK[/MASK]", "the firewall mark, in the bits of the mask" },
	  OPERATORS_EQUAL, "a mark such as 0x1/0xff", fwmark_parse, fwmark_test, NULL, LIFE_NONE },
	{ { "cgroup",  "PATH", "the socket was made in that cgroup" },
	  OPERATORS_EQUAL, "the path of a cgroup", cgroup_parse, cgroup_test, NULL, LIFE_HEAD },
	{ { "family",  "inet|inet6", "the address family of the socket" },
	  OPERATORS_EQUAL, "inet or inet6", family_parse, family_test, family_bound, LIFE_NONE },
	{ { "netns",   "NAME|PATH|INODE", "the network namespace" },
	  OPERATORS_EQUAL, "a network namespace", netns_parse, netns_test, NULL, LIFE_NONE },
	{ { "owner",   "NAME|PID|NAME/PID", "the process that owns it; NAME may hold * and ?" },
	  OPERATORS_EQUAL, "a process", text_parse, owner_test, NULL, LIFE_HEAD },
	{ { "uid",     "NAME|NUMBER", "the user the socket belongs to" },
	  OPERATORS_EQUAL, "a user", uid_parse, uid_test, NULL, LIFE_HEAD },
	{ { "timer",   "NAME|any [PART [OP] VALUE]", "a timer of that kind is armed, and its attempt, limit, backoff, expires or gives-up is so; none: no timer is" },
	  OPERATORS_EQUAL, "a timer's name, any or none", timer_parse, timer_test, NULL, LIFE_NONE },
	{ { "flag",    "NAME", "that is true of it" },
	  OPERATORS_EQUAL, "a flag", flag_parse, flag_test, NULL, LIFE_HEAD },
	/* Any other column; these two come last. */
	{ { "COLUMN",  "[OP] NUMBER|TIME|COLUMN", "a column of numbers: pid 1, age gt 5min, recv_q ge send_q" },
	  OPERATORS_ALL,   "a number, a time such as 5min, or a column of them", quantity_parse, quantity_test, column_bound, LIFE_NONE },
	{ { "COLUMN",  "TEXT", "any other column shows that; it may hold * and ?" },
	  OPERATORS_EQUAL, "a text that column can show", text_parse, text_test, NULL, LIFE_NONE },
};
/* clang-format on */

#define N_PREDICATES (sizeof(predicates) / sizeof(*predicates))
#define QUANTITY_PREDICATE (&predicates[N_PREDICATES - 2])
#define TEXT_PREDICATE (&predicates[N_PREDICATES - 1])

/* rto_ms and rtt_us say it themselves; the rest, age and rto too, is in seconds. */
static uint64_t unit_of(const char *name, size_t len)
{
	if (len > 3 && !strncasecmp(name + len - 3, "_us", 3))
		return 1000;
	if (len > 3 && !strncasecmp(name + len - 3, "_ms", 3))
		return 1000000;
	return NSEC_PER_SEC;
}

static const struct predicate *predicate_find(const char *name, size_t len)
{
	for (size_t i = 0; &predicates[i] < QUANTITY_PREDICATE; i++) {
		const char *known = predicates[i].help.name;

		if (strlen(known) == len && !strncasecmp(known, name, len))
			return &predicates[i];
	}
	return NULL;
}

bool predicate_bind(struct node *node, const char *name, size_t len)
{
	node->predicate = predicate_find(name, len);
	if (node->predicate)
		return true;
	node->field = field_find(name, len);
	if (!node->field)
		return false;
	node->predicate = field_is_quantity(node->field) ? QUANTITY_PREDICATE :
							   TEXT_PREDICATE;
	node->unit_ns = unit_of(name, len);
	return true;
}

const struct filter_help *filter_help(size_t i)
{
	return i < N_PREDICATES ? &predicates[i].help : NULL;
}
