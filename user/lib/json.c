// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "lib/json.h"

void json_key(struct json *json, const char *key)
{
	size_t len = key ? strlen(key) : 0;
	char *to = strbuf_room(json->to, len + 4), *begin = to;

	if (json->comma)
		*to++ = ',';
	json->comma = true;
	if (key) {
		*to++ = '"';
		to = mempcpy(to, key, len);
		*to++ = '"';
		*to++ = ':';
	}
	json->to->len += to - begin;
}

static void json_open(struct json *json, const char *key, char bracket)
{
	json_key(json, key);
	strbuf_char(json->to, bracket);
	json->comma = false;
}

static void json_close(struct json *json, char bracket)
{
	strbuf_char(json->to, bracket);
	json->comma = true;
}

void json_object(struct json *json, const char *key)
{
	json_open(json, key, '{');
}

void json_end_object(struct json *json)
{
	json_close(json, '}');
}

void json_array(struct json *json, const char *key)
{
	json_open(json, key, '[');
}

void json_end_array(struct json *json)
{
	json_close(json, ']');
}

/* The length of the UTF-8 character that begins here, 0 if none does. */
static size_t utf8_len(const unsigned char *c, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *c >= 0xf0 && *c < 0xf8 ? 4 :
		     *c >= 0xe0 && *c < 0xf0 ? 3 :
		     *c >= 0xc0 && *c < 0xe0 ? 2 :
					       0;
	uint32_t point = len ? *c & (0x7f >> len) : 0;

	if (!len || len > left)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (c[i] & 0x3f);
	}
	if (point < least[len] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return 0;
	return len;
}

/* Writes one character, escaped if need be; gives how many bytes it took. */
static size_t json_character(struct strbuf *to, const char *at, size_t left)
{
	unsigned char c = *at;
	char escape[8];
	size_t len;

	if (c >= 0x80) {
		len = utf8_len((const unsigned char *)at, left);
		strbuf_bytes(to, len ? at : "\xef\xbf\xbd", len ? len : 3);
		return len ? len : 1;
	}
	if (c == '"' || c == '\\')
		strbuf_char(to, '\\');
	if (c >= ' ' && c != 0x7f)
		strbuf_char(to, c);
	else
		strbuf_bytes(to, escape,
			   snprintf(escape, sizeof(escape), "\\u%04x", c));
	return 1;
}

void json_quote(struct json *json, const char *key)
{
	json_key(json, key);
	strbuf_char(json->to, '"');
}

void json_end_quote(struct json *json)
{
	strbuf_char(json->to, '"');
}

void json_bytes(struct json *json, const char *key, const char *value,
		size_t len)
{
	json_quote(json, key);
	len = strnlen(value, len);
	for (size_t i = 0; i < len;)
		i += json_character(json->to, value + i, len - i);
	json_end_quote(json);
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (value)
		json_bytes(json, key, value, strlen(value));
	else
		json_null(json, key);
}

void json_u64(struct json *json, const char *key, uint64_t value)
{
	json_key(json, key);
	strbuf_u64(json->to, value);
}

void json_i64(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	strbuf_i64(json->to, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	strbuf_string(json->to, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	json_key(json, key);
	strbuf_string(json->to, "null");
}

void json_name(struct json *json, const char *key, const char *name,
	       uint64_t number)
{
	json_quote(json, key);
	strbuf_name(json->to, name, number);
	json_end_quote(json);
}

void json_code(struct json *json, const char *key, const char *(*name)(unsigned int code), unsigned int code)
{
	if (code)
		json_name(json, key, name(code), code);
	else
		json_null(json, key);
}

void json_known(struct json *json, const char *key, uint64_t value, bool known)
{
	if (known)
		json_u64(json, key, value);
	else
		json_null(json, key);
}

void json_or_null(struct json *json, const char *key, int64_t value)
{
	json_known(json, key, value, value >= 0);
}

void json_real(struct json *json, const char *key, bool known, double value)
{
	char digits[32];

	if (!known) {
		json_null(json, key);
		return;
	}
	json_key(json, key);
	strbuf_bytes(json->to, digits, snprintf(digits, sizeof(digits), "%.6g", value));
}

void json_raw(struct json *json, const char *key, const struct strbuf *value)
{
	json_key(json, key);
	strbuf_bytes(json->to, value->data, value->len);
}

void json_bits(struct json *json, const char *key, uint32_t bits,
	       const char *(*name)(unsigned int bit))
{
	json_array(json, key);
	for (uint32_t bit; bits; bits &= ~bit) {
		bit = bits & -bits;
		json_name(json, NULL, name(bit), __builtin_ctz(bit));
	}
	json_end_array(json);
}

int json_print(struct json *json)
{
	strbuf_char(json->to, '\n');
	return strbuf_write(json->to, stdout);
}
