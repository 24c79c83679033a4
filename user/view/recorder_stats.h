/* SPDX-License-Identifier: GPL-2.0 */
/* What the attached recorder has counted since it was attached, and what it takes. */
#ifndef VIEW_RECORDER_STATS_H
#define VIEW_RECORDER_STATS_H

#include "lib/json.h"
#include "source/source.h"

/* A small table on stdout; nothing if no recorder is attached. */
void recorder_stats_print(struct source *recorder, bool header);

/* The same as the member "recorder"; null without one. */
void recorder_stats_json(struct source *recorder, struct json *json);

#endif
