/* SPDX-License-Identifier: GPL-2.0 */
/* Names the system gives to numbers, looked up once. All of them are pure look-ups on this host. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns.h"

/* The names of TCP services by port, NULL for want of one; itself NULL until services_load(). */
extern const char **services;
void services_load(void);

/*
 * The name of a TCP service, or NULL. Ports the kernel gives out by itself have
 * none: there a name would be an accident.
 */
static inline const char *service_name(uint16_t port)
{
	if (!services)
		services_load();
	return services[port];
}

/* The port of a service's name, or -1. */
int service_port(const char *name);

/* The path of a cgroup below the cgroup2 mount, "/" for its root; NULL if it can't be found. */
const char *cgroup_path(uint64_t id);

/* The id of the cgroup with that path. 0 or -errno. */
int cgroup_id(const char *path, uint64_t *id);

/*
 * The network namespace given as a name below /run/netns, a path, or a number: of
 * all that ever had that number the one that has it now, if it can be found.
 * 0 or -errno.
 */
int netns_resolve(const char *name, struct netns_id *id);

#endif
