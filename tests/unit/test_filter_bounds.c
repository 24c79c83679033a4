// SPDX-License-Identifier: GPL-2.0
/* Bounds: what they are for filters written by hand, and that they never exclude a row that is shown. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "asserts.h"
#include "lib/strbuf.h"

#define BOTH (TCPSCOPE_IPV4 | TCPSCOPE_IPV6)
#define BIT(state) (1u << TCPSCOPE_##state)
#define ANY { 0, UINT16_MAX }

static void test_table(void **state)
{
	static const struct {
		const char *filter;
		struct filter_bounds bounds;
	} cases[] = {
		{ "", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "pid 1", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "sport = :80", { 0xffff, BOTH, { 80, 80 }, ANY, { 80, 80 } } },
		{ "sport != :80", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "not sport = :80", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "sport gt :80", { 0xffff, BOTH, { 81, 65535 }, ANY, { 81, 65535 } } },
		{ "sport ge :80 sport lt :90", { 0xffff, BOTH, { 80, 89 }, ANY, { 80, 89 } } },
		{ "sport = :80 or sport = :90", { 0xffff, BOTH, { 80, 90 }, ANY, { 80, 90 } } },
		{ "sport = :80 or dport = :80", { 0xffff, BOTH, ANY, ANY, { 80, 80 } } },
		{ "sport = :80 or dport = :82", { 0xffff, BOTH, ANY, ANY, { 80, 82 } } },
		{ "sport = :80 dport ge :82", { 0xffff, BOTH, { 80, 80 }, { 82, 65535 }, { 80, 80 } } },
		{ "sport = :80 or dport = :80 or pid 1", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "sport = :80 or pid 1", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "sport = :80 pid 1", { 0xffff, BOTH, { 80, 80 }, ANY, { 80, 80 } } },
		{ "local_port le 1023", { 0xffff, BOTH, { 0, 1023 }, ANY, { 0, 1023 } } },
		{ "peer_port eq local_port", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "peer_port ge 18446744073709551615 or dport = :5", { 0xffff, BOTH, ANY, { 5, 5 }, { 5, 5 } } },
		{ "sport lt :0 or dport = :5", { 0xffff, BOTH, ANY, { 5, 5 }, { 5, 5 } } },
		{ "dst 10.0.0.0/8:443", { 0xffff, BOTH, ANY, { 443, 443 }, { 443, 443 } } },
		{ "dst != 10.0.0.0/8:443", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "src inet:*:22", { 0xffff, TCPSCOPE_IPV4, { 22, 22 }, ANY, { 22, 22 } } },
		{ "src [::1]", { 0xffff, TCPSCOPE_IPV6, ANY, ANY, ANY } },
		{ "family inet", { 0xffff, TCPSCOPE_IPV4, ANY, ANY, ANY } },
		{ "family != inet", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "family inet6 or src 1.2.3.4", { 0xffff, BOTH, ANY, ANY, ANY } },
		{ "state established", { BIT(ESTABLISHED), BOTH, ANY, ANY, ANY } },
		{ "state established state time-wait", { BIT(ESTABLISHED) | BIT(TIME_WAIT), BOTH, ANY, ANY, ANY } },
		{ "exclude listening", { 0xffff & ~BIT(LISTEN), BOTH, ANY, ANY, ANY } },
		{ "state time-wait or ( state syn-sent and dport = :443 )",
		  { BIT(TIME_WAIT) | BIT(SYN_SENT), BOTH, ANY, ANY, ANY } },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct filter *filter = filter_of(cases[i].filter);
		struct filter_bounds got = filter_bounds(filter), want = cases[i].bounds;

		if (got.states != want.states || got.families != want.families ||
		    got.local_port.min != want.local_port.min || got.local_port.max != want.local_port.max ||
		    got.peer_port.min != want.peer_port.min || got.peer_port.max != want.peer_port.max ||
		    got.port.min != want.port.min || got.port.max != want.port.max)
			fail_msg("'%s': states %x families %x ports %d-%d %d-%d %d-%d", cases[i].filter, got.states,
				 got.families, got.local_port.min, got.local_port.max, got.peer_port.min,
				 got.peer_port.max, got.port.min, got.port.max);
		filter_free(filter);
	}
}

/* As the recorder judges (bpf/tell.h, wanted()), with the 16 bits it has. */
static bool admitted(const struct filter_bounds *bounds, const struct tcpscope_event *event)
{
	uint16_t local_min = bounds->local_port.min, local_max = bounds->local_port.max;
	uint16_t peer_min = bounds->peer_port.min, peer_max = bounds->peer_port.max;
	uint16_t min = bounds->port.min, max = bounds->port.max;

	return bounds->families & (event->family == AF_INET ? TCPSCOPE_IPV4 : TCPSCOPE_IPV6) &&
	       bounds->states & (1 << (event->from & 0xf) | 1 << (event->to & 0xf)) &&
	       local_min <= event->local_port && event->local_port <= local_max &&
	       peer_min <= event->peer_port && event->peer_port <= peer_max &&
	       ((min <= event->local_port && event->local_port <= max) ||
		(min <= event->peer_port && event->peer_port <= max));
}

/* Few values, so that filters and events meet; the edges among them. */
static const uint16_t ports[] = { 0, 1, 79, 80, 81, 443, 65534, 65535 };

static struct tcpscope_event random_event(void)
{
	struct tcpscope_event event = {
		.time_ns = 1, .cookie = 1, .kind = TCPSCOPE_EVENT_STATE, .family = rand() % 2 ? AF_INET : AF_INET6,
		.local_port = ports[rand() % LENGTH(ports)], .peer_port = ports[rand() % LENGTH(ports)],
		.from = rand() % 14, .to = rand() % 14,
		.owner = { .pid = rand() % 2, .comm = "x" },
	};

	if (event.family == AF_INET6 && rand() % 2)
		memset(event.local_addr + 10, 0xff, 2); /* v4-mapped */
	event.local_addr[event.family == AF_INET ? 0 : 12] = rand() % 2 ? 10 : 11;
	return event;
}

static void random_test(struct strbuf *text)
{
	static const char *const ops[] = { "=", "!=", ">", "<", ">=", "<=" };
	static const char *const hosts[] = { "10.0.0.0/8", "inet:*", "inet6:*", "[::]/0", "[::ffff:0:0]/96", "*" };
	static const char *const others[] = { "family inet", "family != inet", "family inet6", "pid 1", "comm x",
					      "local_port eq peer_port", "peer_port gt 99999", "flag adopted" };
	char test[80];
	unsigned int port = ports[rand() % LENGTH(ports)];

	switch (rand() % 5) {
	case 0:
		snprintf(test, sizeof(test), "%s %s :%u", rand() % 2 ? "sport" : "dport", ops[rand() % 6], port);
		break;
	case 1:
		snprintf(test, sizeof(test), "%s %s %u", rand() % 2 ? "lport" : "peer_port", ops[rand() % 6], port);
		break;
	case 2:
		snprintf(test, sizeof(test), "%s %s %s:%u", rand() % 2 ? "src" : "dst", ops[rand() % 2],
			 hosts[rand() % LENGTH(hosts)], port);
		break;
	case 3:
		snprintf(test, sizeof(test), "%s %s", rand() % 2 ? "state" : "exclude", filter_state_name(rand() % 16));
		break;
	default:
		snprintf(test, sizeof(test), "%s", others[rand() % LENGTH(others)]);
	}
	strbuf_string(text, test);
}

static void random_filter(struct strbuf *text, int depth)
{
	int kind = depth > 4 ? 0 : rand() % 5;

	if (kind < 2) {
		random_test(text);
		return;
	}
	strbuf_string(text, kind == 2 ? "not (" : "(");
	random_filter(text, depth + 1);
	if (kind > 2) {
		strbuf_string(text, kind == 3 ? ") or (" : ") and (");
		random_filter(text, depth + 1);
	}
	strbuf_char(text, ')');
}

static void test_never_exclude(void **state)
{
	unsigned int shown = 0, kept_out = 0;

	srand(7);
	for (int n = 0; n < 5000; n++) {
		struct strbuf text = { 0 };
		struct filter_bounds bounds;
		struct filter *filter;

		random_filter(&text, 0);
		strbuf_char(&text, '\0');
		filter = filter_of(text.data);
		bounds = filter_bounds(filter);
		for (int i = 0; i < 200; i++) {
			struct tcpscope_event event = random_event();
			struct tcpscope_row row;

			row_from_event(&row, &event);
			if (filter_match(filter, &row) && !admitted(&bounds, &event))
				fail_msg("kept out: %u -> %u, state %u, family %u, by %s", event.local_port,
					 event.peer_port, event.to, event.family, text.data);
			shown += filter_match(filter, &row);
			kept_out += !admitted(&bounds, &event);
		}
		filter_free(filter);
		strbuf_free(&text);
	}
	/* A test of bounds that hold everything, or of filters that show nothing, would be none. */
	assert_true(shown > 100000);
	assert_true(kept_out > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_never_exclude),
	};

	return cmocka_run_group_tests_name("filter, bounds", tests, NULL, NULL);
}
