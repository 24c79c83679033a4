// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tcpscope.h"
#include "text.h"

#define NS_PER_US 1000
#define NS_PER_MS (1000 * NS_PER_US)
#define NS_PER_SEC (1000LL * NS_PER_MS)

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

void text_grow(struct text *text, size_t len)
{
	text->size = (text->size + len) * 2;
	text->data = need(text->data, text->size);
}

void text_printable(struct text *text, const char *string, size_t len)
{
	for (size_t i = 0; i < len && string[i]; i++) {
		unsigned char c = string[i];

		text_char(text, c < ' ' || c >= 0x7f ? '?' : c);
	}
}

void text_name(struct text *text, const char *name, uint64_t number)
{
	if (name)
		text_string(text, name);
	else
		text_u64(text, number);
}

/* Two digits a division: most of what is printed are numbers. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

void text_u64(struct text *text, uint64_t number)
{
	char digits[20];
	char *first = digits + sizeof(digits);

	for (; number >= 100; number /= 100)
		memcpy(first -= 2, &pairs[number % 100 * 2], 2);
	if (number >= 10)
		memcpy(first -= 2, &pairs[number * 2], 2);
	else
		*--first = '0' + number;
	text_bytes(text, first, digits + sizeof(digits) - first);
}

void text_i64(struct text *text, int64_t number)
{
	if (number < 0)
		text_char(text, '-');
	text_u64(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void text_hex(struct text *text, uint64_t number)
{
	char digits[24];

	text_bytes(text, digits,
		   snprintf(digits, sizeof(digits), "0x%" PRIx64, number));
}

/* Columns are filled with a few spaces, most of the time: 16 are written, the rest overwritten. */
void text_spaces(struct text *text, size_t len)
{
	static const char spaces[16] = "                ";
	char *to = text_room(text, len + sizeof(spaces));

	for (size_t i = 0; i < len; i += sizeof(spaces))
		memcpy(to + i, spaces, sizeof(spaces));
	text->len += len;
}

/* Two units of a span, the lesser one only if it isn't zero. */
static void text_units(struct text *text, uint64_t more, const char *unit,
		       uint64_t less, const char *subunit)
{
	text_u64(text, more);
	text_string(text, unit);
	if (!less)
		return;
	text_u64(text, less);
	text_string(text, subunit);
}

static void text_short_span(struct text *text, uint64_t ns)
{
	char digits[16];

	if (!ns) {
		text_string(text, "0ms");
	} else if (ns < NS_PER_US) {
		text_units(text, ns, "ns", 0, "");
	} else if (ns < NS_PER_MS) {
		text_units(text, ns / NS_PER_US, "us", 0, "");
	} else if (ns < NS_PER_SEC) {
		text_units(text, ns / NS_PER_MS, "ms", 0, "");
	} else if (ns < 10 * NS_PER_SEC) {
		snprintf(digits, sizeof(digits), "%u.%03usec",
			 (unsigned int)(ns / NS_PER_SEC),
			 (unsigned int)(ns % NS_PER_SEC / NS_PER_MS));
		text_string(text, digits);
	} else {
		text_units(text, ns / NS_PER_SEC, "sec", 0, "");
	}
}

void text_span(struct text *text, int64_t span_ns)
{
	uint64_t ns = span_ns < 0 ? -(uint64_t)span_ns : (uint64_t)span_ns;
	uint64_t seconds = ns / NS_PER_SEC, minutes = seconds / 60,
		 hours = minutes / 60;

	if (span_ns < 0)
		text_char(text, '-');
	if (!minutes)
		text_short_span(text, ns);
	else if (minutes < 10)
		text_units(text, minutes, "min", seconds % 60, "sec");
	else if (minutes <= 120)
		text_units(text, minutes, "min", 0, "");
	else if (hours < 48)
		text_units(text, hours, "h", minutes % 60, "min");
	else
		text_units(text, hours / 24, "d", hours % 24, "h");
}

/* The digits of a byte and a dot, and how many. */
static struct {
	char text[4];
	uint32_t len;
} bytes[256];

static void bytes_fill(void)
{
	char text[8];

	for (unsigned int i = 0; i < 256; i++) {
		bytes[i].len = snprintf(text, sizeof(text), "%u.", i);
		memcpy(bytes[i].text, text, sizeof(bytes[i].text));
	}
}

void text_ipv4(struct text *text, const uint8_t address[4])
{
	char *to = text_room(text, 16), *begin = to;

	if (!bytes[0].len)
		bytes_fill();
	for (int i = 0; i < 4; i++) {
		memcpy(to, bytes[address[i]].text, 4);
		to += bytes[address[i]].len;
	}
	text->len += to - begin - 1; /* no dot after the last */
}

void text_ipv6(struct text *text, const uint8_t address[16])
{
	char string[INET6_ADDRSTRLEN];

	text_string(text, inet_ntop(AF_INET6, address, string, sizeof(string)));
}

int text_write(struct text *text, FILE *to)
{
	size_t len = text->len;

	text->len = 0;
	return !len || fwrite(text->data, 1, len, to) == len ? 0 : -errno;
}
