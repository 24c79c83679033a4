// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "conn/field_type.h"

const char columns_of_table[] =
	"state,in-state,recv-q,send-q,local,peer,owner,timers";

const char columns_of_json[] =
	"netns,netns_cookie,family,local_address,local_port,peer_address,peer_port,state,substate,"
	"role,cookie,generation,inode,uid,pid,comm,cgroup,age_ms,state_age_ms,first_closer,"
	"retransmits,rtt_us,rto_ms,recv_q,send_q,timers,flags";

const char columns_of_ended_table[] =
	"ended,reason,age,state,local,peer,owner,role,closer";

const char columns_of_ended_json[] =
	"netns,netns_cookie,family,local_address,local_port,peer_address,peer_port,state,"
	"role,cookie,generation,uid,pid,comm,cgroup,age_ms,ended_ms_ago,reason,first_closer,"
	"durations_us,retransmits,resets_sent,resets_received,heir,predecessor,flags,events";

/* clang-format off */
static const struct field fields[TCPSCOPE_FIELD_MAX] = {
#define ROW(id, column, key, TYPE, offset, size, help) \
	{ TCPSCOPE_FIELD_##id, column, key, help, &field_##TYPE, offset, (size) < 8 ? 64 - 8 * (size) : 0 },
#define OF_CONN(id, column, key, TYPE, member, help) \
	ROW(id, column, key, TYPE, offsetof(struct tcpscope_row, conn.member), \
	    sizeof(((struct tcpscope_conn *)0)->member), help)
#define OF_LIFE(id, column, key, TYPE, member, help) \
	ROW(id, column, key, TYPE, offsetof(struct tcpscope_row, life.member), \
	    sizeof(((struct tcpscope_life *)0)->member), help)
#define OF_BOTH(id, column, key, TYPE, member, help) \
	ROW(id, column, key, TYPE, 0, 0, help)
	TCPSCOPE_CONN_FIELDS(OF_CONN)
	TCPSCOPE_LIFE_FIELDS(OF_LIFE)
	TCPSCOPE_JOIN_FIELDS(OF_BOTH)
};

/* What a joint column, which has no key, is made of. */
static const struct {
	enum tcpscope_field joint, part;
} parts[] = {
	{ TCPSCOPE_FIELD_LOCAL, TCPSCOPE_FIELD_LOCAL_ADDRESS },
	{ TCPSCOPE_FIELD_LOCAL, TCPSCOPE_FIELD_LOCAL_PORT },
	{ TCPSCOPE_FIELD_PEER,  TCPSCOPE_FIELD_PEER_ADDRESS },
	{ TCPSCOPE_FIELD_PEER,  TCPSCOPE_FIELD_PEER_PORT },
	{ TCPSCOPE_FIELD_OWNER, TCPSCOPE_FIELD_PID },
	{ TCPSCOPE_FIELD_OWNER, TCPSCOPE_FIELD_COMM },
	{ TCPSCOPE_FIELD_TIMER, TCPSCOPE_FIELD_TIMERS },
};
/* clang-format on */

const struct field *field_at(size_t id)
{
	return &fields[id];
}

bool field_same_name(const char *name, const char *typed, size_t len)
{
	if (strlen(name) != len || !len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = typed[i] == '-' ? '_' :
					   tolower((unsigned char)typed[i]);

		if (c !=
		    (name[i] == '-' ? '_' : tolower((unsigned char)name[i])))
			return false;
	}
	return true;
}

const struct field *field_find(const char *name, size_t len)
{
	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++)
		if (field_same_name(fields[i].key, name, len) ||
		    field_same_name(fields[i].column, name, len))
			return &fields[i];
	return NULL;
}

bool field_is_number(const struct field *field)
{
	return field->type->number;
}

bool field_is_quantity(const struct field *field)
{
	return field->type->quantity;
}

static enum life_part life_field_needs(const struct field *field)
{
	return field->offset < offsetof(struct tcpscope_row, life) + TCPSCOPE_LIFE_HEAD ? LIFE_HEAD : LIFE_WHOLE;
}

enum life_part field_needs(const struct field *field)
{
	switch (field->id) {
	case TCPSCOPE_FIELD_UID: /* these three a life adds to */
	case TCPSCOPE_FIELD_CGROUP_ID:
	case TCPSCOPE_FIELD_FLAGS:
		return LIFE_HEAD;
	case TCPSCOPE_FIELD_LOCAL:
	case TCPSCOPE_FIELD_PEER:
	case TCPSCOPE_FIELD_TIMER:
	case TCPSCOPE_FIELD_EXPIRES:
	case TCPSCOPE_FIELD_GIVES_UP:
	case TCPSCOPE_FIELD_ENDED:
		return LIFE_NONE;
	default: /* most of what follows from both */
		return field->id < TCPSCOPE_FIELD_ROLE ? LIFE_NONE : life_field_needs(field);
	}
}

enum life_part columns_need(const struct columns *columns)
{
	enum life_part most = LIFE_NONE;

	for (size_t i = 0; i < columns->n; i++)
		if (field_needs(columns->field[i]) > most)
			most = field_needs(columns->field[i]);
	return most;
}

#define CODES 64 /* more than any field has */

bool field_may_show(const struct field *field, const char *pattern)
{
	const char *name;

	for (unsigned int code = 0; field->type->name && code < CODES; code++) {
		name = field->type->name(code);
		if (name && !fnmatch(pattern, name, FNM_CASEFOLD))
			return true;
	}
	return !field->type->name;
}

bool field_is_named(const struct field *field)
{
	return field->type->name;
}

bool field_is_span(const struct field *field)
{
	return field->type->span;
}

bool field_number(const struct field *field, const struct tcpscope_row *row,
		  uint64_t *number)
{
	return field->type->number && field->type->number(field, row, number);
}

void field_text(const struct field *field, const struct tcpscope_row *row,
		struct strbuf *text, bool names)
{
	uint64_t number;

	if (field->type->put)
		strbuf_end(text, field->type->put(field, row, strbuf_room(text, FIELD_ROOM), names));
	else if (field->type->text)
		field->type->text(field, row, text, names);
	else if (field_number(field, row, &number))
		strbuf_end(text, field->type->number_put(strbuf_room(text, FIELD_ROOM), number));
	else
		strbuf_char(text, '-');
}

void field_json(const struct field *field, const struct tcpscope_row *row,
		struct json *json)
{
	uint64_t number;

	if (!*field->key)
		return;
	if (field->type->json_put) {
		json_key(json, field->key);
		strbuf_end(json->to, field->type->json_put(field, row, strbuf_room(json->to, FIELD_ROOM)));
	} else if (field->type->json)
		field->type->json(field, row, json);
	else if (!field_number(field, row, &number))
		json_null(json, field->key);
	else if (field->type->json_unit)
		json_u64(json, field->key, number / field->type->json_unit);
	else
		field->type->number_json(json, field->key, number);
}

static void columns_add(struct columns *columns, const struct field *field)
{
	for (size_t i = 0; i < columns->n; i++)
		if (columns->field[i] == field)
			return;
	columns->field[columns->n++] = field;
}

static void columns_add_keys(struct columns *columns, const struct field *field)
{
	if (*field->key) {
		columns_add(columns, field);
		return;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i].joint == field->id)
			columns_add(columns, field_at(parts[i].part));
}

/* One name of the list. Whether it is one. */
static bool columns_add_name(struct columns *columns, const char *name,
			     size_t len, bool json)
{
	bool all = field_same_name("all", name, len);
	const struct field *field = all ? NULL : field_find(name, len);

	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++) {
		if (!all && &fields[i] != field)
			continue;
		(json ? columns_add_keys : columns_add)(columns, &fields[i]);
	}
	return all || field;
}

int columns_parse(struct columns *columns, const char *list, const char *usual,
		  bool json, char *bad, size_t len)
{
	columns->n = 0;
	if (*list == '+') {
		columns_parse(columns, usual, usual, json, bad, len);
		list++;
	}
	for (size_t n;; list += n + 1) {
		n = strcspn(list, ",");
		if (!columns_add_name(columns, list, n, json)) {
			snprintf(bad, len, "%.*s", (int)n, list);
			return -EINVAL;
		}
		if (!list[n])
			return 0;
	}
}
