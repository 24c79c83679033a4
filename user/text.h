/* SPDX-License-Identifier: GPL-2.0 */
/* A text that grows: what the views format into, without a call to stdio per cell. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>
#include <stdio.h>

struct text {
	char *data; /* not terminated */
	size_t len;
	size_t size;
};

/* Gives back the memory; the text is empty and usable again. */
void text_free(struct text *text);

/* Each of these appends, and ends the program if there is no memory left. */
void text_char(struct text *text, char c);
void text_bytes(struct text *text, const char *bytes, size_t len);
void text_string(struct text *text, const char *string);

/* As text_string(), but at most len bytes, and what a terminal would obey becomes '?'. */
void text_printable(struct text *text, const char *string, size_t len);

/* A name from names.h; the number for want of one. */
void text_name(struct text *text, const char *name, uint64_t number);

/* A number, in decimal or hexadecimal digits. */
void text_u64(struct text *text, uint64_t number);
void text_i64(struct text *text, int64_t number);
void text_hex(struct text *text, uint64_t number); /* with 0x */

/* len times the character c. */
void text_fill(struct text *text, char c, size_t len);

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
