// SPDX-License-Identifier: GPL-2.0
/* What a filter needs at the least, in terms the kernel can judge. */
#include <sys/socket.h>

#include "filter/tree.h"

#define EVERYTHING                                           \
	(struct filter_bounds)                               \
	{                                                    \
		.states = UINT16_MAX,                        \
		.families = TCPSCOPE_IPV4 | TCPSCOPE_IPV6,   \
		.local_port = { 0, UINT16_MAX },             \
		.peer_port = { 0, UINT16_MAX },              \
		.port = { 0, UINT16_MAX },                   \
	}

static void range_narrow(struct port_range *to, struct port_range by)
{
	to->min = to->min > by.min ? to->min : by.min;
	to->max = to->max < by.max ? to->max : by.max;
}

static void range_widen(struct port_range *to, struct port_range by)
{
	to->min = to->min < by.min ? to->min : by.min;
	to->max = to->max > by.max ? to->max : by.max;
}

/* Of two ranges one of which a port must be in, either is true: the narrower tells more. */
static struct port_range narrower(struct port_range a, struct port_range b)
{
	return a.max - a.min <= b.max - b.min ? a : b;
}

static bool is_empty(const struct filter_bounds *bounds)
{
	return !bounds->states || !bounds->families ||
	       bounds->local_port.min > bounds->local_port.max ||
	       bounds->peer_port.min > bounds->peer_port.max;
}

static void narrow(struct filter_bounds *to, const struct filter_bounds *by)
{
	to->states &= by->states;
	to->families &= by->families;
	range_narrow(&to->local_port, by->local_port);
	range_narrow(&to->peer_port, by->peer_port);
	to->port = narrower(narrower(to->port, by->port),
			    narrower(to->local_port, to->peer_port));
}

static void widen(struct filter_bounds *to, const struct filter_bounds *by)
{
	if (is_empty(by))
		return;
	if (is_empty(to)) {
		*to = *by;
		return;
	}
	to->states |= by->states;
	to->families |= by->families;
	range_widen(&to->local_port, by->local_port);
	range_widen(&to->peer_port, by->peer_port);
	range_widen(&to->port, by->port);
}

/* A number no port can have makes the range empty, or leaves it whole. */
static struct port_range range_of(enum operator operator, uint64_t number)
{
	struct port_range range = { 0, UINT16_MAX };
	int port = number > UINT16_MAX ? UINT16_MAX + 1 : (int)number;

	switch (operator) {
	case OPERATOR_EQ:
		range = (struct port_range){ port, port };
		break;
	case OPERATOR_GT:
		range.min = port + 1;
		break;
	case OPERATOR_GE:
		range.min = port;
		break;
	case OPERATOR_LT:
		range.max = port - 1;
		break;
	case OPERATOR_LE:
		range.max = port;
		break;
	case OPERATOR_NE:
		break;
	}
	range_narrow(&range, (struct port_range){ 0, UINT16_MAX });
	if (range.min > range.max)
		range = (struct port_range){ 1, 0 };
	return range;
}

void sport_bound(const struct node *node, struct filter_bounds *bounds)
{
	bounds->port = bounds->local_port =
		range_of(node->operator, node->number);
}

void dport_bound(const struct node *node, struct filter_bounds *bounds)
{
	bounds->port = bounds->peer_port =
		range_of(node->operator, node->number);
}

static void family_narrow(struct filter_bounds *bounds, unsigned int family)
{
	bounds->families &= family == AF_INET ? TCPSCOPE_IPV4 : TCPSCOPE_IPV6;
}

/* An IPv4 prefix holds v4-mapped addresses of IPv6 sockets too. */
static void host_bound(const struct node *node, struct filter_bounds *bounds,
		       struct port_range *range)
{
	if (node->port >= 0)
		bounds->port = *range = range_of(OPERATOR_EQ, node->port);
	if (node->number)
		family_narrow(bounds, node->number);
	if (node->prefix.family == AF_INET6)
		family_narrow(bounds, AF_INET6);
}

void src_bound(const struct node *node, struct filter_bounds *bounds)
{
	host_bound(node, bounds, &bounds->local_port);
}

void dst_bound(const struct node *node, struct filter_bounds *bounds)
{
	host_bound(node, bounds, &bounds->peer_port);
}

void family_bound(const struct node *node, struct filter_bounds *bounds)
{
	family_narrow(bounds, node->number);
}

/* Bit 0 of the set is any state this release does not know. */
void state_bound(const struct node *node, struct filter_bounds *bounds)
{
	uint16_t unknown = UINT16_MAX & ~((1u << TCPSCOPE_STATE_MAX) - 1);

	bounds->states &= node->mask | (node->mask & 1 ? unknown : 0);
}

/* Of the columns, only the ports bound anything. */
void column_bound(const struct node *node, struct filter_bounds *bounds)
{
	if (node->other)
		return;
	if (node->field->id == TCPSCOPE_FIELD_LOCAL_PORT)
		sport_bound(node, bounds);
	if (node->field->id == TCPSCOPE_FIELD_PEER_PORT)
		dport_bound(node, bounds);
}

static struct filter_bounds node_bounds(const struct node *node);

static struct filter_bounds list_bounds(const struct node *list)
{
	struct filter_bounds bounds = node_bounds(list->child);

	for (const struct node *node = list->child->next; node; node = node->next) {
		struct filter_bounds one = node_bounds(node);

		(list->kind == NODE_AND ? narrow : widen)(&bounds, &one);
	}
	return bounds;
}

/* What is negated bounds nothing. */
static struct filter_bounds node_bounds(const struct node *node)
{
	struct filter_bounds bounds = EVERYTHING;

	if (node->kind == NODE_AND || node->kind == NODE_OR)
		return list_bounds(node);
	if (node->kind == NODE_TEST && node->predicate->bound &&
	    node->operator!= OPERATOR_NE)
		node->predicate->bound(node, &bounds);
	return bounds;
}

struct filter_bounds filter_bounds(const struct filter *filter)
{
	return filter && filter->root ? node_bounds(filter->root) : EVERYTHING;
}
