// SPDX-License-Identifier: GPL-2.0
/*
 * What TCP_EXPECT_SEGMENTS() expects, and whether that is what came.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/string.h>

#include "internal.h"

#define PATTERN_MAX 128

/* A pattern, taken apart. */
struct want {
	bool any;	/* "...": whatever came, or nothing */
	enum tcp_kunit_dir dir;
	u8 flags;
	s64 len;	/* -1: any */
	s64 at_ms;	/* -1: any time */
	s64 tolerance_ms;
	const char *fate;	/* NULL: any */
};

static const struct {
	const char *name;
	u8 flag;
} flag_names[] = {
	{ "SYN", TCP_KUNIT_SYN }, { "ACK", TCP_KUNIT_ACK },
	{ "FIN", TCP_KUNIT_FIN }, { "RST", TCP_KUNIT_RST }, { "PSH", 0 },
};

static const char *const fates[] = {
	"lost", "delayed", "duplicated", "injected",
};

static bool read_flag(struct want *want, const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (!strcmp(word, flag_names[i].name)) {
			want->flags |= flag_names[i].flag;
			return true;
		}
	return false;
}

static bool read_fate(struct want *want, const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fates); i++)
		if (!strcmp(word, fates[i])) {
			want->fate = fates[i];
			return true;
		}
	return false;
}

/* "@3000" or "@3000~50". */
static bool read_time(struct want *want, char *word)
{
	char *at = word + 1, *tilde = strchr(word, '~');

	if (*word != '@')
		return false;
	if (tilde)
		*tilde++ = '\0';
	return !kstrtos64(at, 10, &want->at_ms) &&
	       (!tilde || !kstrtos64(tilde, 10, &want->tolerance_ms));
}

static bool read_word(struct want *want, char *word)
{
	if (!strcmp(word, "C>S"))
		want->dir = TCP_KUNIT_C2S;
	else if (!strcmp(word, "S>C"))
		want->dir = TCP_KUNIT_S2C;
	else if (!strcmp(word, "..."))
		want->any = true;
	else if (!strncmp(word, "len=", 4))
		return !kstrtos64(word + 4, 10, &want->len);
	else
		return read_flag(want, word) || read_fate(want, word) ||
		       read_time(want, word);
	return true;
}

/* Returns whether the pattern can be read. */
static bool read_pattern(struct want *want, const char *pattern)
{
	char buffer[PATTERN_MAX], *rest = buffer, *word;

	*want = (struct want){
		.len = -1, .at_ms = -1,
		.tolerance_ms = DIV_ROUND_UP(MSEC_PER_SEC, HZ),
	};
	if (strscpy(buffer, pattern, sizeof(buffer)) < 0)
		return false;
	while ((word = strsep(&rest, " ")))
		if (*word && !read_word(want, word))
			return false;
	return want->any || want->dir != TCP_KUNIT_ANY;
}

static bool fits(const struct want *want,
		 const struct tcp_kunit_segment *segment, s64 since_ns)
{
	s64 at_ms = div_s64(segment->at_ns - since_ns, NSEC_PER_MSEC);

	return want->dir == segment->dir &&
	       want->flags == (segment->flags & ~TCP_KUNIT_PSH) &&
	       (want->len < 0 || want->len == segment->len) &&
	       (want->at_ms < 0 ||
		abs(at_ms - want->at_ms) <=
		want->tolerance_ms + tcp_kunit_slack_ms()) &&
	       (!want->fate || !strcmp(want->fate, segment->fate));
}

/* The segments of a connection since it is watched. */
struct seen {
	unsigned int n;
	s64 since_ns;
	struct tcp_kunit_segment segments[TCP_KUNIT_LOG];
};

/**
 * tcp_kunit_segments() - copy a connection's segments since tcp_kunit_watch()
 * @test: the case
 * @pair: the connection
 * @to: room for @max of them, or NULL to count them only
 * @max: how many at most, the oldest first
 *
 * Return: how many there were; the kit remembers the last 512 of a case.
 */
unsigned int tcp_kunit_segments(struct kunit *test, struct tcp_kunit_pair *pair,
				struct tcp_kunit_segment *to, unsigned int max)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	unsigned int i = pair->watched_from, n = 0;

	spin_lock_bh(&tk->lock);
	if (tk->logged - i > TCP_KUNIT_LOG)
		i = tk->logged - TCP_KUNIT_LOG;
	for (; i < tk->logged; i++) {
		if (!tcp_kunit_of_pair(pair, &tk->log[i % TCP_KUNIT_LOG]))
			continue;
		if (to && n < max)
			to[n] = tk->log[i % TCP_KUNIT_LOG];
		n++;
	}
	spin_unlock_bh(&tk->lock);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_segments);

static struct seen *new_seen(struct kunit *test, struct tcp_kunit_pair *pair)
{
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, seen);
	seen->since_ns = pair->watched_ns;
	seen->n = tcp_kunit_segments(test, pair, seen->segments, TCP_KUNIT_LOG);
	return seen;
}

/*
 * Matches as a shell does names with *: what follows "..." is tried at each segment in
 * turn. Tells how far it came: the first pattern that nothing fits.
 */
static bool match(const struct want *wants, unsigned int n_wants,
		  const struct seen *seen, unsigned int *furthest)
{
	unsigned int w = 0, s = 0, star = UINT_MAX, from = 0;

	*furthest = 0;
	while (s < seen->n) {
		*furthest = max(*furthest, w);
		if (w < n_wants && wants[w].any) {
			star = w++;
			from = s;
		} else if (w < n_wants &&
			   fits(&wants[w], &seen->segments[s], seen->since_ns)) {
			w++;
			s++;
		} else if (star != UINT_MAX) {
			w = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (w < n_wants && wants[w].any)
		w++;
	*furthest = w;
	return w == n_wants;
}

static struct sock *any_sock(const struct tcp_kunit_pair *pair)
{
	return pair->client.sk ?: pair->server.sk ?: pair->listener.sk;
}

const char *tcp_kunit_check_segments(struct kunit *test,
				     struct tcp_kunit_pair *pair,
				     const char *const *patterns)
{
	const struct seen *seen = new_seen(test, pair);
	unsigned int n = 0, furthest;
	struct want *wants;

	while (patterns[n])
		n++;
	wants = kunit_kcalloc(test, n + 1, sizeof(*wants), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, wants);
	for (n = 0; patterns[n]; n++)
		if (!read_pattern(&wants[n], patterns[n]))
			return tcp_kunit_fail(test, NULL,
					      "segments: no pattern: \"%s\"",
					      patterns[n]);
	if (match(wants, n, seen, &furthest))
		return NULL;
	return tcp_kunit_fail(test, any_sock(pair),
			      "segments: %u came in %lld ms, %u patterns; nothing fits number %u, \"%s\"",
			      seen->n, tcp_kunit_now_ms(test) -
			      div_s64(seen->since_ns, NSEC_PER_MSEC), n,
			      furthest + 1,
			      furthest < n ? patterns[furthest] : "(no more)");
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_segments);
