/* SPDX-License-Identifier: GPL-2.0 */
/* What a command that shows connections needs of an attached recorder; what that lost. */
#ifndef SOURCE_LOSSES_H
#define SOURCE_LOSSES_H

#include "source/source.h"

struct json_object;

/*
 * Opens the recorder, if one is attached; says so on stderr if it is there but of
 * another release. Whether it can be asked, by source_bpf_life().
 */
bool history_open(void);
void history_close(void);

/* Why the recorder could not be asked, for a command that shows nothing else. */
const char *history_trouble(void);

/* Reads what the recorder lost. Gives losses, or NULL if no recorder was opened. */
const struct source_losses *history_losses(struct source_losses *losses);

/* Says it on stderr, if there is anything to say; NULL is nothing. */
void history_tell(const struct source_losses *losses);

/* The losses as an object of json-c's, for a document; NULL, which is null, for NULL. */
struct json_object *history_json(const struct source_losses *losses);

/* Says on stderr how many lives the last reading left out, for their socket is gone; nothing if none. */
void history_tell_hidden(void);

#endif
