// SPDX-License-Identifier: GPL-2.0
#include "conn/identity.h"

#include <stdio.h>

#include "lib/json_object.h"
#include "lib/resolve.h"

void json_add_netns(struct json_object *object, struct netns_id id)
{
	json_add_known(object, "netns", id.number ? (int64_t)id.number : -1);
	json_add_known(object, "netns_cookie", id.cookie ? (int64_t)id.cookie : -1);
}

void json_add_owner(struct json_object *object, const struct tcpscope_owner *owner)
{
	char comm[TCPSCOPE_COMM_LEN + 1];

	snprintf(comm, sizeof(comm), "%.*s", TCPSCOPE_COMM_LEN, owner->comm);
	json_add_known(object, "pid", owner->pid ? (int64_t)owner->pid : -1);
	json_add_text(object, "comm", *comm ? comm : NULL);
	json_add_text(object, "cgroup", cgroup_path(owner->cgroup_id));
}
