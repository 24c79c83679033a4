/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of connections if nothing changes. Pure: numbers in, numbers
 * out. Spans of time are in nanoseconds, rates in events a second.
 */
#ifndef CONN_FORECAST_H
#define CONN_FORECAST_H

#include <stdint.h>

#define FORECAST_NEVER INT64_MAX
#define FORECAST_SECONDS 64 /* by when every TIME-WAIT there is has ended */

/*
 * How long a TIME-WAIT lasts on average: TCP_TIMEWAIT_LEN, 60 s, and what the
 * kernel's timer wheel rounds up (calc_wheel_index(), kernel/time/timer.c). hz:
 * steps of the wheel a second; 0, as unknown, is taken for one that rounds nothing.
 */
uint64_t forecast_timewait_ns(uint32_t hz);

/*
 * The present rate of what happened n times in the last window_ns, the first of
 * them first_ago_ns ago. What began within the window is not thinned out by the
 * time before; fewer than 10 are too few to tell when it
 * began, and less than a second is a burst.
 */
double forecast_rate(uint64_t n, uint64_t first_ago_ns, uint64_t window_ns);

/* How many there are at a time of what comes at that rate and lasts so long (Little's law). */
double forecast_level(double per_sec, uint64_t lasts_ns);

/* The ports that connections from one address to one address and port take. */
struct port_use {
	uint32_t capacity; /* ports there are */
	uint32_t live; /* taken by connections before TIME-WAIT */
	double live_per_sec; /* growth of that */
	double created_per_sec; /* TIME-WAITs that begin */
	const uint32_t *expiring; /* those there are, by the second they end in; NULL: none */
	uint64_t lasts_ns; /* how long a new one keeps its port */
};

/* Ports taken at a time from now, in seconds. */
double forecast_ports_used(const struct port_use *use, double seconds);

/* Time until no port is left; 0: none is; FORECAST_NEVER. */
int64_t forecast_exhaustion_ns(const struct port_use *use);

/* How many addresses, of source or destination, a level of ports needs at least. */
uint32_t forecast_addresses(double ports, uint32_t capacity);

/*
 * For how long at least a window has been shut: the probes sent, each so many
 * times backed off from the first, at most max_ms apart (tcp_send_probe0()).
 */
uint64_t forecast_probed_ms(uint32_t rto_ms, unsigned int backoff, uint32_t max_ms);

/*
 * The change of a level in percent a minute, from two samples; 0 for a level
 * of 0, and if no time went by.
 */
double forecast_growth(uint64_t before, uint64_t after, uint64_t span_ns);

#endif
