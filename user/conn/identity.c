// SPDX-License-Identifier: GPL-2.0
#include "conn/identity.h"

#include "lib/resolve.h"

void json_netns(struct json *json, struct netns_id id)
{
	json_known(json, "netns", id.number, id.number);
	json_known(json, "netns_cookie", id.cookie, id.cookie);
}

void json_owner(struct json *json, const struct tcpscope_owner *owner)
{
	json_known(json, "pid", owner->pid, owner->pid);
	if (*owner->comm)
		json_bytes(json, "comm", owner->comm, sizeof(owner->comm));
	else
		json_null(json, "comm");
	json_string(json, "cgroup", cgroup_path(owner->cgroup_id));
}
