// SPDX-License-Identifier: GPL-2.0
/*
 * Records as text. The columns of a connection are the rows of
 * TCPSCOPE_CONN_FIELDS, each printed by its type.
 *
 * A column is as wide as most values need; a wider value is never cut, it
 * pushes its line out.
 */
#include <linux/in6.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/socket.h>
#include <linux/string.h>

#include <tcpscope/abi.h>

#include "text.h"

u8 tcpscope_shown_state(const struct tcpscope_conn *rec)
{
	return rec->substate ?: rec->state;
}

static void put_name(struct seq_file *m, const char *name, unsigned int number)
{
	if (name)
		seq_puts(m, name);
	else
		seq_printf(m, "%u", number);
}

/* The names of the bits that are set, or "-". */
static void put_bits(struct seq_file *m, u32 bits,
		     const char *(*name)(unsigned int bit))
{
	const char *before = "";
	unsigned int i;

	for (i = 0; i < 32; i++) {
		if (!(bits & BIT(i)))
			continue;
		seq_puts(m, before);
		put_name(m, name(BIT(i)), i);
		before = ",";
	}
	if (!bits)
		seq_putc(m, '-');
}

/* Seconds with milliseconds, or "-". */
static void put_seconds(struct seq_file *m, s64 ns)
{
	u32 ms;
	u64 s;

	if (ns == TCPSCOPE_UNKNOWN_NS) {
		seq_putc(m, '-');
		return;
	}
	s = div_u64_rem(div_u64(abs(ns), NSEC_PER_MSEC), MSEC_PER_SEC, &ms);
	seq_printf(m, "%s%llu.%03us", ns < 0 ? "-" : "", s, ms);
}

static void put_count(struct seq_file *m, s16 count)
{
	if (count == TCPSCOPE_UNKNOWN_COUNT)
		seq_putc(m, '-');
	else
		seq_printf(m, "%d", count);
}

static void put_address(struct seq_file *m, const struct tcpscope_conn *rec,
			const void *address)
{
	if (rec->family == AF_INET6)
		seq_printf(m, "%pI6c", address);
	else
		seq_printf(m, "%pI4", address);
}

static void put_endpoint(struct seq_file *m, const struct tcpscope_conn *rec,
			 const void *address, u16 port)
{
	seq_puts(m, rec->family == AF_INET6 ? "[" : "");
	put_address(m, rec, address);
	seq_printf(m, "%s:%u", rec->family == AF_INET6 ? "]" : "", port);
}

/* What follows column i of n. */
static char column_end(size_t i, size_t n)
{
	return i == n - 1 ? '\n' : ' ';
}

static void put_try(struct seq_file *m, const struct tcpscope_timer *timer)
{
	put_count(m, timer->attempt);
	seq_putc(m, '/');
	put_count(m, timer->limit);
}

/* Printers of one field each, named after the types of fields.h. */

static void put_U8(struct seq_file *m, const struct tcpscope_conn *rec,
		   const void *value)
{
	seq_printf(m, "%u", *(const u8 *)value);
}

static void put_U32(struct seq_file *m, const struct tcpscope_conn *rec,
		    const void *value)
{
	seq_printf(m, "%u", *(const u32 *)value);
}

#define put_US put_U32

static void put_HEX32(struct seq_file *m, const struct tcpscope_conn *rec,
		      const void *value)
{
	seq_printf(m, "%#x", *(const u32 *)value);
}

static void put_U64(struct seq_file *m, const struct tcpscope_conn *rec,
		    const void *value)
{
	seq_printf(m, "%llu", *(const u64 *)value);
}

static void put_US_MS(struct seq_file *m, const struct tcpscope_conn *rec,
		      const void *value)
{
	seq_printf(m, "%lu", DIV_ROUND_CLOSEST(*(const u32 *)value,
					       USEC_PER_MSEC));
}

static void put_PORT(struct seq_file *m, const struct tcpscope_conn *rec,
		     const void *value)
{
	seq_printf(m, "%u", *(const u16 *)value);
}

static void put_FAMILY(struct seq_file *m, const struct tcpscope_conn *rec,
		       const void *value)
{
	seq_puts(m, rec->family == AF_INET6 ? "inet6" : "inet");
}

#define put_ADDR put_address

static void put_STATE(struct seq_file *m, const struct tcpscope_conn *rec,
		      const void *value)
{
	u8 state = *(const u8 *)value;

	put_name(m, tcpscope_state_name(state), state);
}

static void put_FLAGS(struct seq_file *m, const struct tcpscope_conn *rec,
		      const void *value)
{
	put_bits(m, rec->flags, tcpscope_flag_name);
}

static void put_TIMERS(struct seq_file *m, const struct tcpscope_conn *rec,
		       const void *value)
{
	const struct tcpscope_timer *timer = rec->timers;
	unsigned int i;

	for (i = 0; i < rec->n_timers; i++, timer++) {
		seq_puts(m, i ? "," : "");
		put_name(m, tcpscope_timer_name(timer->kind), timer->kind);
		seq_putc(m, ':');
		put_seconds(m, timer->expires_ns);
		seq_putc(m, ':');
		put_try(m, timer);
	}
	if (!rec->n_timers)
		seq_putc(m, '-');
}

/* How wide most values of a type are. */
enum {
	WIDTH_U8 = 2, WIDTH_U32 = 10, WIDTH_US = 7, WIDTH_HEX32 = 6,
	WIDTH_U64 = 8, WIDTH_US_MS = 6, WIDTH_PORT = 5, WIDTH_FAMILY = 6,
	WIDTH_ADDR = 15, WIDTH_STATE = 10, WIDTH_TIMERS = 24, WIDTH_FLAGS = 0,
};

static const struct {
	const char *name;
	void (*put)(struct seq_file *m, const struct tcpscope_conn *rec,
		    const void *value);
	u64 known;
	unsigned short offset;
	unsigned short width;
} conn_columns[] = {
#define TCPSCOPE_X(id, column, key, type, member, help) { \
	.name = column, \
	.put = put_##type, \
	.known = TCPSCOPE_KNOWN(id), \
	.offset = offsetof(struct tcpscope_conn, member), \
	.width = WIDTH_##type, \
},
	TCPSCOPE_CONN_FIELDS(TCPSCOPE_X)
#undef TCPSCOPE_X
};

static size_t conn_width(unsigned int i)
{
	return max_t(size_t, conn_columns[i].width,
		     strlen(conn_columns[i].name));
}

void tcpscope_text_conn_header(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conn_columns); i++) {
		seq_setwidth(m, conn_width(i));
		seq_puts(m, conn_columns[i].name);
		seq_pad(m, column_end(i, ARRAY_SIZE(conn_columns)));
	}
}

void tcpscope_text_conn(struct seq_file *m, const struct tcpscope_conn *rec)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conn_columns); i++) {
		seq_setwidth(m, conn_width(i));
		if (rec->known & conn_columns[i].known)
			conn_columns[i].put(m, rec, (const char *)rec +
					    conn_columns[i].offset);
		else
			seq_putc(m, '-');
		seq_pad(m, column_end(i, ARRAY_SIZE(conn_columns)));
	}
}

/* Printers of what the line of a timer tells. */

static void put_kind(struct seq_file *m, const struct tcpscope_conn *rec,
		     const struct tcpscope_timer *timer)
{
	put_name(m, tcpscope_timer_name(timer->kind), timer->kind);
}

static void put_fires(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	put_seconds(m, timer->expires_ns);
}

static void put_tries(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	put_try(m, timer);
}

static void put_gives_up(struct seq_file *m, const struct tcpscope_conn *rec,
			 const struct tcpscope_timer *timer)
{
	put_seconds(m, timer->gives_up_ns);
}

static void put_netns(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	seq_printf(m, "%u", rec->netns);
}

static void put_state(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	u8 state = tcpscope_shown_state(rec);

	put_name(m, tcpscope_state_name(state), state);
}

static void put_local(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	put_endpoint(m, rec, rec->local_addr, rec->local_port);
}

static void put_peer(struct seq_file *m, const struct tcpscope_conn *rec,
		     const struct tcpscope_timer *timer)
{
	put_endpoint(m, rec, rec->peer_addr, rec->peer_port);
}

static void put_cookie(struct seq_file *m, const struct tcpscope_conn *rec,
		       const struct tcpscope_timer *timer)
{
	seq_printf(m, "%llu", rec->cookie);
}

static void put_notes(struct seq_file *m, const struct tcpscope_conn *rec,
		      const struct tcpscope_timer *timer)
{
	put_bits(m, timer->flags, tcpscope_timer_flag_name);
}

static const struct {
	const char *name;
	void (*put)(struct seq_file *m, const struct tcpscope_conn *rec,
		    const struct tcpscope_timer *timer);
	unsigned short width;
} timer_columns[] = {
	{ "FIRES", put_fires, 10 },
	{ "TIMER", put_kind, 10 },
	{ "TRY", put_tries, 5 },
	{ "GIVES-UP", put_gives_up, 10 },
	{ "NETNS", put_netns, 10 },
	{ "STATE", put_state, 10 },
	{ "LOCAL", put_local, 21 },
	{ "PEER", put_peer, 21 },
	{ "COOKIE", put_cookie, 8 },
	{ "NOTES", put_notes, 0 },
};

void tcpscope_text_timer_header(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_columns); i++) {
		seq_setwidth(m, timer_columns[i].width);
		seq_puts(m, timer_columns[i].name);
		seq_pad(m, column_end(i, ARRAY_SIZE(timer_columns)));
	}
}

static void text_timer(struct seq_file *m, const struct tcpscope_conn *rec,
		       const struct tcpscope_timer *timer)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_columns); i++) {
		seq_setwidth(m, timer_columns[i].width);
		timer_columns[i].put(m, rec, timer);
		seq_pad(m, column_end(i, ARRAY_SIZE(timer_columns)));
	}
}

void tcpscope_text_timers(struct seq_file *m, const struct tcpscope_conn *rec)
{
	unsigned int i;

	for (i = 0; i < rec->n_timers; i++)
		text_timer(m, rec, &rec->timers[i]);
}
