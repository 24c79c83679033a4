// SPDX-License-Identifier: GPL-2.0
/* Who holds a connection, what is true of it, and what it had to send again. */
#include <string.h>

#include "conn/field_type.h"
#include "lib/resolve.h"

static void flags_text(const struct field *field,
		       const struct tcpscope_row *row, struct strbuf *text,
		       bool names)
{
	uint32_t flags = row->conn.flags;
	const char *name, *separator = "";

	if (!flags || !field_known(field, row)) {
		strbuf_string(text, field_known(field, row) ? "none" : "-");
		return;
	}
	for (uint32_t bit; flags; flags &= ~bit) {
		bit = flags & -flags;
		name = tcpscope_flag_name(bit);
		strbuf_string(text, separator);
		if (name)
			strbuf_string(text, name);
		else
			strbuf_hex(text, bit);
		separator = ",";
	}
}

static void flags_json(const struct field *field,
		       const struct tcpscope_row *row, struct json *json)
{
	if (field_known(field, row))
		json_bits(json, field->key, row->conn.flags,
			  tcpscope_flag_name);
	else
		json_null(json, field->key);
}

/* A process with no name, or none at all, is none the recorder could see. */
static const char *comm(const struct tcpscope_row *row)
{
	const struct tcpscope_owner *owner = &row->life.owner;

	return row->has_life && owner->pid && *owner->comm ? owner->comm : NULL;
}

static void comm_text(const struct field *field, const struct tcpscope_row *row,
		      struct strbuf *text, bool names)
{
	const char *name = comm(row);

	if (name)
		strbuf_printable(text, name, TCPSCOPE_COMM_LEN);
	else
		strbuf_char(text, '-');
}

static void comm_json(const struct field *field, const struct tcpscope_row *row,
		      struct json *json)
{
	const char *name = comm(row);

	if (name)
		json_bytes(json, field->key, name, TCPSCOPE_COMM_LEN);
	else
		json_null(json, field->key);
}

static char *put_owner(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	struct strbuf text = { .data = to, .size = FIELD_ROOM };

	if (!row->has_life || !row->life.owner.pid)
		return put_char(to, '-');
	comm_text(field, row, &text, names);
	return put_u64(put_char(to + text.len, '/'), row->life.owner.pid);
}

/*
 * Whether the count is all there is to count. Of a connection older than the
 * recorder, none seen does not mean none happened.
 */
static bool resent_known(const struct tcpscope_row *row, int kind)
{
	bool adopted = row->life.flags & TCPSCOPE_FLAG_ADOPTED;

	return row->has_life && (!adopted || row->life.retransmits[kind]);
}

static void resent_text(const struct field *field,
			const struct tcpscope_row *row, struct strbuf *text,
			bool names)
{
	const char *separator = "";
	bool known = false;

	for (int kind = 0; kind < TCPSCOPE_RETRANSMIT_MAX; kind++) {
		known |= resent_known(row, kind);
		if (!resent_known(row, kind) || !row->life.retransmits[kind])
			continue;
		strbuf_string(text, separator);
		strbuf_string(text, tcpscope_retransmit_name(kind));
		strbuf_char(text, ' ');
		strbuf_u64(text, row->life.retransmits[kind]);
		separator = ", ";
	}
	if (!*separator)
		strbuf_string(text, known ? "none" : "-");
}

static void resent_json(const struct field *field,
			const struct tcpscope_row *row, struct json *json)
{
	if (!row->has_life) {
		json_null(json, field->key);
		return;
	}
	json_object(json, field->key);
	for (int kind = 0; kind < TCPSCOPE_RETRANSMIT_MAX; kind++)
		json_known(json, tcpscope_retransmit_name(kind), row->life.retransmits[kind],
			   resent_known(row, kind));
	json_end_object(json);
}

static const char *cgroup(const struct tcpscope_row *row)
{
	return row_knows(row, TCPSCOPE_KNOWN(CGROUP_ID)) ?
		       cgroup_path(row->conn.cgroup_id) :
		       NULL;
}

static void cgroup_text(const struct field *field,
			const struct tcpscope_row *row, struct strbuf *text,
			bool names)
{
	const char *path = cgroup(row);

	strbuf_printable(text, path ? path : "-", SIZE_MAX);
}

static void cgroup_json(const struct field *field,
			const struct tcpscope_row *row, struct json *json)
{
	json_string(json, field->key, cgroup(row));
}

const struct field_type field_FLAGS = { .text = flags_text,
					.json = flags_json };
const struct field_type field_COMM = { .text = comm_text, .json = comm_json };
const struct field_type field_OWNER = { .put = put_owner };
const struct field_type field_RESENT = { .text = resent_text,
					 .json = resent_json };
const struct field_type field_CGROUP = { .text = cgroup_text,
					 .json = cgroup_json };
