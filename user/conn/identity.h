/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a connection is, as members of a JSON object. */
#ifndef CONN_IDENTITY_H
#define CONN_IDENTITY_H

#include <tcpscope/abi.h>

#include "lib/json.h"
#include "source/netns.h"

/* The namespace's number and cookie, null if not known. */
void json_netns(struct json *json, struct netns_id id);

/* The owner's pid, comm and cgroup (a path), null if not known. */
void json_owner(struct json *json, const struct tcpscope_owner *owner);

#endif
