/* SPDX-License-Identifier: GPL-2.0 */
/* What the attached recorder has counted since it was attached, and what it takes. */
#ifndef RECORDED_H
#define RECORDED_H

#include <stdbool.h>

/* A small table on stdout; nothing if no recorder is attached. */
void recorded_print(bool header);

/* The same as an object of json-c's, for a document; NULL, which is null, without a recorder. */
struct json_object *recorded_json(void);

#endif
