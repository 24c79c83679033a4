// SPDX-License-Identifier: GPL-2.0
/* The running host: what its namespaces are set to and count, and its clock. */
#include <stdlib.h>

#include "lib/error.h"
#include "source/source.h"

static void host_netns(struct source *source, struct netns *netns, struct netns_id id)
{
	netns_read(netns, id);
}

static void host_counters(struct source *source, const struct netns *netns, struct netns_counters *counters)
{
	netns_read_counters(netns, counters);
}

static uint64_t host_minisocket_bytes(struct source *source)
{
	return timewait_bytes();
}

static uint64_t host_now_ns(struct source *source)
{
	return now_ns();
}

static void host_close(struct source *source)
{
	free(source);
}

static const struct source_ops host_ops = {
	.netns = host_netns,
	.counters = host_counters,
	.minisocket_bytes = host_minisocket_bytes,
	.now_ns = host_now_ns,
	.close = host_close,
};

struct source *source_host_open(void)
{
	struct source *source = need_zeros(1, sizeof(*source));

	source->ops = &host_ops;
	return source;
}
