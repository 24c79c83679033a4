// SPDX-License-Identifier: GPL-2.0
#include "filter/selection.h"

#include <sys/socket.h>

bool selection_in_netns(const struct selection *selection, const struct tcpscope_conn *conn)
{
	return !selection->in_netns || netns_same(selection->netns, NETNS_OF(conn));
}

enum filter_answer selection_answer(const struct selection *selection,
			     const struct tcpscope_row *row)
{
	if (selection->family != AF_UNSPEC && selection->family != row->conn.family)
		return FILTER_NO;
	if (!selection_in_netns(selection, &row->conn))
		return FILTER_NO;
	return filter_answer(selection->filter, row);
}

bool selection_is_all(const struct selection *selection)
{
	return selection->family == AF_UNSPEC && !selection->in_netns &&
	       filter_is_empty(selection->filter);
}

struct filter_bounds selection_bounds(const struct selection *selection)
{
	struct filter_bounds bounds = filter_bounds(selection->filter);

	if (selection->family == AF_INET)
		bounds.families &= TCPSCOPE_IPV4;
	if (selection->family == AF_INET6)
		bounds.families &= TCPSCOPE_IPV6;
	return bounds;
}
