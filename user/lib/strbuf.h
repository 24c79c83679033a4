/* SPDX-License-Identifier: GPL-2.0 */
/* A text that grows: what the views format into, without a call to stdio per cell. */
#ifndef LIB_STRBUF_H
#define LIB_STRBUF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct strbuf {
	char *data; /* not terminated */
	size_t len;
	size_t size;
};

/* Gives back the memory; the text is empty and usable again. */
void strbuf_free(struct strbuf *text);

/* Makes room for len more bytes, and ends the program if there is none. */
void strbuf_grow(struct strbuf *text, size_t len);

/* The end of the text, with room for len more bytes; these are written by whoever asks. */
static inline char *strbuf_room(struct strbuf *text, size_t len)
{
	if (text->size - text->len < len)
		strbuf_grow(text, len);
	return text->data + text->len;
}

/*
 * What the hot paths are made of: each writes at `to`, where who calls has made
 * room, and gives the end. A few bytes more may be written behind it.
 */
#define PUT_U64 32 /* the room a number needs, */
#define PUT_SPAN 64 /* a span of time, */
#define PUT_IPV4 20 /* and an address */

static inline char *put_char(char *to, char c)
{
	*to = c;
	return to + 1;
}

/* For words whose length the compiler sees. */
static inline char *put_string(char *to, const char *string)
{
	size_t len = strlen(string);

	memcpy(to, string, len);
	return to + len;
}

/* Copies blocks of this: up to a block more than there is to copy is read, and written. */
#define PUT_BLOCK 64

static inline char *put_blocks(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i += PUT_BLOCK)
		memcpy(to + i, from + i, PUT_BLOCK);
	return to + len;
}

/* Two digits a division: most of what is printed are numbers. */
extern const char put_pairs[200];

static inline char *put_pair(char *to, unsigned int number)
{
	memcpy(to, &put_pairs[number * 2], 2);
	return to + 2;
}

char *put_number(char *to, uint64_t number); /* from 10 on */

static inline char *put_u64(char *to, uint64_t number)
{
	return number < 10 ? put_char(to, '0' + number) : put_number(to, number);
}

/* A name from names.h; the number for want of one. */
static inline char *put_name(char *to, const char *name, uint64_t number)
{
	return name ? put_string(to, name) : put_u64(to, number);
}

char *put_span(char *to, int64_t span_ns);

/* Whether a span is told in two digits of seconds; and that, if so. */
static inline bool span_is_seconds(int64_t span_ns)
{
	return span_ns >= 10000000000 && span_ns < 60000000000;
}

static inline char *put_seconds(char *to, int64_t span_ns)
{
	return put_string(put_pair(to, span_ns / 1000000000), "sec");
}

char *put_ipv4(char *to, const uint8_t address[4]);

/* The text ends there: what was put at strbuf_room() belongs to it. */
static inline void strbuf_end(struct strbuf *text, const char *end)
{
	text->len = end - text->data;
}

/* Each of these appends. Those of the hot paths are here, where the compiler sees the length. */
static inline void strbuf_char(struct strbuf *text, char c)
{
	*strbuf_room(text, 1) = c;
	text->len++;
}

static inline void strbuf_bytes(struct strbuf *text, const char *bytes, size_t len)
{
	if (!len)
		return;
	memcpy(strbuf_room(text, len), bytes, len);
	text->len += len;
}

static inline void strbuf_string(struct strbuf *text, const char *string)
{
	strbuf_bytes(text, string, strlen(string));
}

/* As strbuf_string(), but at most len bytes, and what a terminal would obey becomes '?'. */
void strbuf_printable(struct strbuf *text, const char *string, size_t len);


static inline void strbuf_name(struct strbuf *text, const char *name, uint64_t number)
{
	strbuf_end(text, put_name(strbuf_room(text, name ? strlen(name) : PUT_U64), name, number));
}

/* A number, in decimal digits. */
static inline void strbuf_u64(struct strbuf *text, uint64_t number)
{
	strbuf_end(text, put_u64(strbuf_room(text, PUT_U64), number));
}
void strbuf_i64(struct strbuf *text, int64_t number);
char *put_hex(char *to, uint64_t number); /* with 0x */

/* That many spaces; and as many as a cell that began there lacks to its width. */
void strbuf_spaces(struct strbuf *text, size_t len);

static inline void strbuf_pad(struct strbuf *text, size_t begin, size_t width)
{
	if (text->len - begin < width)
		strbuf_spaces(text, width - (text->len - begin));
}

/* Words as a paragraph of lines not too long: all but the first are indented by two more. */
void strbuf_paragraph(struct strbuf *text, size_t indent, const struct strbuf *words);

/*
 * A span of time the way ss writes it: 800ns, 350us, 200ms, 1.234sec, 42sec,
 * 1min23sec, 42min; above two hours 3h20min, above two days 5d3h. A time that
 * has passed has a minus in front.
 */
void strbuf_span(struct strbuf *text, int64_t span_ns);

/* An address of 4 or 16 bytes, in network order, without brackets. */
void strbuf_ipv4(struct strbuf *text, const uint8_t address[4]);
void strbuf_ipv6(struct strbuf *text, const uint8_t address[16]);

/* Writes the text and empties it. 0, or the -errno of the write. */
int strbuf_write(struct strbuf *text, FILE *to);

#endif
