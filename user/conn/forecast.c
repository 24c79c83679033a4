// SPDX-License-Identifier: GPL-2.0
#include "conn/forecast.h"

#include <stddef.h>

#include "lib/error.h"

#define TIMEWAIT_LEN 60 /* TCP_TIMEWAIT_LEN in seconds, include/net/tcp.h */
#define WHEEL_SPAN 63 /* LVL_START(1), kernel/time/timer.c */
#define WHEEL_SHIFT 3 /* LVL_CLK_SHIFT */
#define ENOUGH 10 /* events that tell when they began */

uint64_t forecast_timewait_ns(uint32_t hz)
{
	uint64_t ticks = (uint64_t)TIMEWAIT_LEN * hz, step = 1;

	if (!hz)
		return TIMEWAIT_LEN * NSEC_PER_SEC;
	while (ticks >= WHEEL_SPAN * step)
		step <<= WHEEL_SHIFT;
	/* Rounded up to the next multiple of a step, always: by 1 to step ticks. */
	return TIMEWAIT_LEN * NSEC_PER_SEC + (step + 1) * NSEC_PER_SEC / (2 * hz);
}

double forecast_rate(uint64_t n, uint64_t first_ago_ns, uint64_t window_ns)
{
	uint64_t span_ns = window_ns;

	if (n >= ENOUGH && first_ago_ns < window_ns)
		span_ns = first_ago_ns > NSEC_PER_SEC ? first_ago_ns : NSEC_PER_SEC;
	return n * (double)NSEC_PER_SEC / span_ns;
}

double forecast_level(double per_sec, uint64_t lasts_ns)
{
	return per_sec * lasts_ns / NSEC_PER_SEC;
}

/* Of the TIME-WAITs there are, those left after that time; within a second they end evenly. */
static double left_after(const uint32_t *expiring, double seconds)
{
	double left = 0;

	for (int i = 0; expiring && i < FORECAST_SECONDS; i++) {
		double share = i + 1 - seconds;

		if (share > 0)
			left += expiring[i] * (share < 1 ? share : 1);
	}
	return left;
}

double forecast_ports_used(const struct port_use *use, double seconds)
{
	double lasts = (double)use->lasts_ns / NSEC_PER_SEC;
	double live = use->live + use->live_per_sec * seconds;

	return (live > 0 ? live : 0) + left_after(use->expiring, seconds) +
	       use->created_per_sec * (seconds < lasts ? seconds : lasts);
}

/* The moment between two at which the ports run out, if it lies there. */
static double moment_between(const struct port_use *use, double from, double to)
{
	double before = forecast_ports_used(use, from), after = forecast_ports_used(use, to);

	if (after <= before)
		return from;
	return from + (to - from) * (use->capacity - before) / (after - before);
}

int64_t forecast_exhaustion_ns(const struct port_use *use)
{
	double t, level;

	if (forecast_ports_used(use, 0) >= use->capacity)
		return 0;
	for (t = 1; t <= FORECAST_SECONDS; t++)
		if (forecast_ports_used(use, t) >= use->capacity)
			return moment_between(use, t - 1, t) * NSEC_PER_SEC;
	/* From here on only the live ones can grow. */
	if (use->live_per_sec <= 0)
		return FORECAST_NEVER;
	level = forecast_ports_used(use, FORECAST_SECONDS);
	t = FORECAST_SECONDS + (use->capacity - level) / use->live_per_sec;
	return t < (double)FORECAST_NEVER / NSEC_PER_SEC ? t * NSEC_PER_SEC : FORECAST_NEVER;
}

uint32_t forecast_addresses(double ports, uint32_t capacity)
{
	uint64_t whole = ports > 0 ? ports : 0;

	if (!capacity)
		return 0;
	/* The last port of an address must stay free. */
	return whole / capacity + 1;
}

uint64_t forecast_probed_ms(uint32_t rto_ms, unsigned int backoff, uint32_t max_ms)
{
	uint64_t waited = 0, span = rto_ms;

	for (unsigned int i = 0; i < backoff; i++) {
		waited += span < max_ms ? span : max_ms;
		span = span < max_ms ? span * 2 : max_ms;
	}
	return waited;
}

double forecast_growth(uint64_t before, uint64_t after, uint64_t span_ns)
{
	if (!before || !span_ns)
		return 0;
	return ((double)after - before) / before * 100 * 60 * NSEC_PER_SEC / span_ns;
}
