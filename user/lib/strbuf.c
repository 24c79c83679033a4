// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/strbuf.h"

#define NS_PER_US 1000
#define NS_PER_MS (1000 * NS_PER_US)
#define NS_PER_SEC (1000LL * NS_PER_MS)

void strbuf_free(struct strbuf *text)
{
	free(text->data);
	*text = (struct strbuf){ 0 };
}

void strbuf_grow(struct strbuf *text, size_t len)
{
	text->size = (text->size + len) * 2;
	text->data = need(text->data, text->size);
}

void strbuf_printable(struct strbuf *text, const char *string, size_t len)
{
	for (size_t i = 0; i < len && string[i]; i++) {
		unsigned char c = string[i];

		strbuf_char(text, c < ' ' || c >= 0x7f ? '?' : c);
	}
}

const char put_pairs[200] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

static char *put_large(char *to, uint64_t number)
{
	unsigned int low = number % 10000;

	to = put_u64(to, number / 10000);
	return put_pair(put_pair(to, low / 100), low % 100);
}

/* From 10 on. A port is the largest of those that come in every line. */
char *put_number(char *to, uint64_t number)
{
	unsigned int low = number;

	if (number < 100)
		return put_pair(to, low);
	if (number < 1000)
		return put_pair(put_char(to, '0' + low / 100), low % 100);
	if (number >= 100000)
		return put_large(to, number);
	if (number >= 10000)
		to = put_char(to, '0' + low / 10000);
	low %= 10000;
	return put_pair(put_pair(to, low / 100), low % 100);
}

void strbuf_i64(struct strbuf *text, int64_t number)
{
	if (number < 0)
		strbuf_char(text, '-');
	strbuf_u64(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

char *put_hex(char *to, uint64_t number)
{
	return to + sprintf(to, "0x%" PRIx64, number);
}

void strbuf_spaces(struct strbuf *text, size_t len)
{
	memset(strbuf_room(text, len), ' ', len);
	text->len += len;
}

#define LINE 110 /* columns, where a sentence goes on in the next line */

void strbuf_paragraph(struct strbuf *text, size_t indent, const struct strbuf *words)
{
	size_t column = indent, i = 0;

	strbuf_spaces(text, indent);
	while (i < words->len) {
		const char *word = words->data + i, *space = memchr(word, ' ', words->len - i);
		size_t len = space ? (size_t)(space - word) : words->len - i;

		if (i && column + 1 + len > LINE) {
			strbuf_char(text, '\n');
			column = indent + 2;
			strbuf_spaces(text, column);
		} else if (i) {
			strbuf_char(text, ' ');
			column++;
		}
		strbuf_bytes(text, word, len);
		column += len;
		i += len + 1;
	}
	strbuf_char(text, '\n');
}

/* Two units of a span, the lesser one only if it isn't zero. */
static inline char *put_units(char *to, uint64_t more, const char *unit, uint64_t less, const char *subunit)
{
	to = put_string(put_u64(to, more), unit);
	return less ? put_string(put_u64(to, less), subunit) : to;
}

/* Below ten seconds; the most frequent first. */
static char *put_short_span(char *to, uint64_t ns)
{
	unsigned int ms = ns / NS_PER_MS;

	if (ms >= 1000) {
		to = put_char(put_char(to, '0' + ms / 1000), '.');
		to = put_pair(put_char(to, '0' + ms / 100 % 10), ms % 100);
		return put_string(to, "sec");
	}
	if (ms || !ns)
		return put_units(to, ms, "ms", 0, "");
	if (ns < NS_PER_US)
		return put_units(to, ns, "ns", 0, "");
	return put_units(to, ns / NS_PER_US, "us", 0, "");
}

static char *put_long_span(char *to, uint64_t seconds)
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (minutes < 10)
		return put_units(to, minutes, "min", seconds % 60, "sec");
	if (minutes <= 120)
		return put_units(to, minutes, "min", 0, "");
	if (hours < 48)
		return put_units(to, hours, "h", minutes % 60, "min");
	return put_units(to, hours / 24, "d", hours % 24, "h");
}

char *put_span(char *to, int64_t span_ns)
{
	uint64_t ns = span_ns < 0 ? -(uint64_t)span_ns : (uint64_t)span_ns;

	if (span_ns < 0)
		to = put_char(to, '-');
	if (ns < 10 * NS_PER_SEC)
		return put_short_span(to, ns);
	return span_is_seconds(ns) ? put_seconds(to, ns) : put_long_span(to, ns / NS_PER_SEC);
}

void strbuf_span(struct strbuf *text, int64_t span_ns)
{
	strbuf_end(text, put_span(strbuf_room(text, PUT_SPAN), span_ns));
}

/* The digits of a byte and a dot, and how many. */
static struct {
	char text[4];
	uint32_t len;
} bytes[256];

static __attribute__((cold)) void bytes_fill(void)
{
	char text[8];

	for (unsigned int i = 0; i < 256; i++) {
		bytes[i].len = snprintf(text, sizeof(text), "%u.", i);
		memcpy(bytes[i].text, text, sizeof(bytes[i].text));
	}
}

static inline char *put_byte(char *to, uint8_t byte)
{
	memcpy(to, bytes[byte].text, 4);
	return to + bytes[byte].len;
}

char *put_ipv4(char *to, const uint8_t address[4])
{
	if (!bytes[0].len)
		bytes_fill();
	to = put_byte(put_byte(to, address[0]), address[1]);
	to = put_byte(put_byte(to, address[2]), address[3]);
	return to - 1; /* no dot after the last */
}

void strbuf_ipv4(struct strbuf *text, const uint8_t address[4])
{
	strbuf_end(text, put_ipv4(strbuf_room(text, PUT_IPV4), address));
}

void strbuf_ipv6(struct strbuf *text, const uint8_t address[16])
{
	char string[INET6_ADDRSTRLEN];

	strbuf_string(text, inet_ntop(AF_INET6, address, string, sizeof(string)));
}

int strbuf_write(struct strbuf *text, FILE *to)
{
	size_t len = text->len;

	text->len = 0;
	return !len || fwrite(text->data, 1, len, to) == len ? 0 : -errno;
}
