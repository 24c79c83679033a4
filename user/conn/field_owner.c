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
			strbuf_end(text, put_hex(strbuf_room(text, PUT_U64), bit));
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

static struct field_identity flags_identity(const struct field *field, const struct tcpscope_row *row)
{
	return (struct field_identity){ { row->conn.flags, field_known(field, row) } };
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

/* Name and pid as they are shown: there are more connections than processes. */
struct owner_memo {
	uint32_t pid; /* 0: none yet */
	uint32_t len;
	char comm[TCPSCOPE_COMM_LEN];
	char text[PUT_BLOCK];
};
_Static_assert(TCPSCOPE_COMM_LEN + 1 + PUT_U64 <= PUT_BLOCK, "name and pid have room");

static __attribute__((noinline)) void owner_fill(struct owner_memo *memo, const struct tcpscope_row *row)
{
	struct strbuf text = { .data = memo->text, .size = sizeof(memo->text) };

	memo->pid = row->life.owner.pid;
	memcpy(memo->comm, row->life.owner.comm, sizeof(memo->comm));
	comm_text(NULL, row, &text, false);
	memo->len = put_u64(put_char(memo->text + text.len, '/'), memo->pid) - memo->text;
}

static char *put_owner(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	static struct owner_memo memos[64];
	uint32_t pid = row->life.owner.pid;
	struct owner_memo *memo = &memos[pid % 64];

	if (!row->has_life || !pid)
		return put_char(to, '-');
	if (memo->pid != pid || memcmp(memo->comm, row->life.owner.comm, sizeof(memo->comm)))
		owner_fill(memo, row);
	memcpy(to, memo->text, sizeof(memo->text));
	return to + memo->len;
}

static struct field_identity owner_identity(const struct field *field, const struct tcpscope_row *row)
{
	const struct tcpscope_owner *owner = &row->life.owner;
	struct field_identity identity = { { row->has_life ? owner->pid : 0 } };

	if (identity.word[0])
		memcpy(&identity.word[1], owner->comm, sizeof(owner->comm));
	return identity;
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

static struct field_identity resent_identity(const struct field *field, const struct tcpscope_row *row)
{
	struct field_identity identity = {};

	_Static_assert(sizeof(row->life.retransmits) == 2 * sizeof(uint64_t), "of two words");
	if (!row->has_life)
		return identity;
	memcpy(identity.word, row->life.retransmits, sizeof(row->life.retransmits));
	identity.word[2] = row->life.flags & TCPSCOPE_FLAG_ADOPTED ? 2 : 1;
	return identity;
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

static struct field_identity cgroup_identity(const struct field *field, const struct tcpscope_row *row)
{
	return (struct field_identity){ { row->conn.cgroup_id, row_knows(row, TCPSCOPE_KNOWN(CGROUP_ID)) } };
}

/* clang-format off */
const struct field_type field_FLAGS  = { .text = flags_text,  .json = flags_json,  .identity = flags_identity };
const struct field_type field_COMM   = { .text = comm_text,   .json = comm_json,   .identity = owner_identity };
const struct field_type field_OWNER  = { .put = put_owner };
const struct field_type field_RESENT = { .text = resent_text, .json = resent_json, .identity = resent_identity };
const struct field_type field_CGROUP = { .text = cgroup_text, .json = cgroup_json, .identity = cgroup_identity };
/* clang-format on */
