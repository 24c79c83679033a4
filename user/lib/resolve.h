/* SPDX-License-Identifier: GPL-2.0 */
/* Names the system gives to numbers, looked up once. All of them are pure look-ups on this host. */
#ifndef LIB_RESOLVE_H
#define LIB_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
