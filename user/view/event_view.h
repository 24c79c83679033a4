/* SPDX-License-Identifier: GPL-2.0 */
/* The recorder's events, as a line for people or as a JSON object. */
#ifndef VIEW_EVENT_VIEW_H
#define VIEW_EVENT_VIEW_H

#include <stdbool.h>

#include "conn/row.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "source/source.h"

/* What an event has beyond its struct; NULL: nothing, it is of another kind than END. */
static inline const struct tcpscope_end_event *event_end_of(const struct tcpscope_event *event, size_t size)
{
	if (event->kind != TCPSCOPE_EVENT_END || size < sizeof(struct tcpscope_end_event))
		return NULL;
	return (const struct tcpscope_end_event *)event;
}

/* The header of the lines below. */
void event_header(struct strbuf *text);

/*
 * One line, with its newline. row: made from the event; start_ns: what times
 * count from; size: bytes of the event, more than its struct for an end.
 */
void event_line(struct strbuf *text, const struct tcpscope_event *event, size_t size,
		const struct tcpscope_row *row, uint64_t start_ns, bool names);

/* The same as one JSON object on a line. */
void event_json(struct strbuf *text, const struct tcpscope_event *event, size_t size);

/* The last line of a trace: what was lost, zeros too. */
void losses_line(struct strbuf *text, const struct source_losses *losses);
void losses_json(struct strbuf *text, const struct source_losses *losses);

/* The member "losses" of a long document; NULL, which is null, for NULL. */
void losses_member(struct json *json, const struct source_losses *losses);

#endif
