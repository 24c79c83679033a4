/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a connection is, as members of a JSON object. */
#ifndef CONN_IDENTITY_H
#define CONN_IDENTITY_H

#include <tcpscope/abi.h>

#include "source/netns.h"

struct json_object;

/* The namespace's number and cookie, null if not known. */
void json_add_netns(struct json_object *object, struct netns_id id);

/* The owner's pid, comm and cgroup (a path), null if not known. */
void json_add_owner(struct json_object *object, const struct tcpscope_owner *owner);

#endif
