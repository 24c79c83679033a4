// SPDX-License-Identifier: GPL-2.0
/* The JSON writer: whatever a process calls itself, the document stays one. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "asserts.h"
#include "lib/json.h"

/* Any bytes make a valid string. */
static void test_json_strings(void **state)
{
	srand(5);
	for (int n = 0; n < 5000; n++) {
		struct strbuf text = { 0 };
		struct json json = { .to = &text };
		char bytes[32];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = rand() % 3 ? rand() : "\"\\/\n\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"[rand() % 14];
		json_array(&json, NULL);
		json_bytes(&json, NULL, bytes, sizeof(bytes));
		json_end_array(&json);
		strbuf_char(&text, '\0');
		if (!json_valid(text.data))
			fail_msg("no JSON: %s", text.data);
		strbuf_free(&text);
	}
}

static void test_json_string_kept(void **state)
{
	static const char word[] = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \"q\" \\ \t\x01";
	struct strbuf text = { 0 };
	struct json json = { .to = &text };

	json_object(&json, NULL);
	json_string(&json, "word", word);
	json_string(&json, "bad", "\xc0\x80\xed\xa0\x80|\xff");
	json_end_object(&json);
	strbuf_char(&text, '\0');
	assert_at(text.data, "/word", word);
	assert_at(text.data, "/bad", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd");
	strbuf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_strings),
		cmocka_unit_test(test_json_string_kept),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
