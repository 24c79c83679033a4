/* SPDX-License-Identifier: GPL-2.0 */
/* What the attached recorder has counted since it was attached, and what it takes. */
#ifndef VIEW_RECORDER_STATS_H
#define VIEW_RECORDER_STATS_H

#include "source/source.h"

/* A small table on stdout; nothing if no recorder is attached. */
void recorder_stats_print(struct source *recorder, bool header);

/* The same as an object of json-c's, for a document; NULL, which is null, without a recorder. */
struct json_object *recorder_stats_json(struct source *recorder);

#endif
