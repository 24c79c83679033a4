/* SPDX-License-Identifier: GPL-2.0 */
/* A text that grows: what the views format into, without a call to stdio per cell. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct text {
	char *data; /* not terminated */
	size_t len;
	size_t size;
};

/* Gives back the memory; the text is empty and usable again. */
void text_free(struct text *text);

/* Makes room for len more bytes, and ends the program if there is none. */
void text_grow(struct text *text, size_t len);

/* The end of the text, with room for len more bytes; these are written by whoever asks. */
static inline char *text_room(struct text *text, size_t len)
{
	if (text->size - text->len < len)
		text_grow(text, len);
	return text->data + text->len;
}

/* Each of these appends. Those of the hot paths are here, where the compiler sees the length. */
static inline void text_char(struct text *text, char c)
{
	*text_room(text, 1) = c;
	text->len++;
}

static inline void text_bytes(struct text *text, const char *bytes, size_t len)
{
	if (!len)
		return;
	memcpy(text_room(text, len), bytes, len);
	text->len += len;
}

static inline void text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

/* As text_string(), but at most len bytes, and what a terminal would obey becomes '?'. */
void text_printable(struct text *text, const char *string, size_t len);

/* A name from names.h; the number for want of one. */
void text_name(struct text *text, const char *name, uint64_t number);

/* A number, in decimal or hexadecimal digits. */
void text_u64(struct text *text, uint64_t number);
void text_i64(struct text *text, int64_t number);
void text_hex(struct text *text, uint64_t number); /* with 0x */

/* That many spaces. */
void text_spaces(struct text *text, size_t len);

/*
 * A span of time the way ss writes it: 800ns, 350us, 200ms, 1.234sec, 42sec,
 * 1min23sec, 42min; above two hours 3h20min, above two days 5d3h. A time that
 * has passed has a minus in front.
 */
void text_span(struct text *text, int64_t span_ns);

/* An address of 4 or 16 bytes, in network order, without brackets. */
void text_ipv4(struct text *text, const uint8_t address[4]);
void text_ipv6(struct text *text, const uint8_t address[16]);

/* Writes the text and empties it. 0, or the -errno of the write. */
int text_write(struct text *text, FILE *to);

#endif
