/* SPDX-License-Identifier: GPL-2.0 */
/* What the recorder lost, told. NULL stands for not known. */
#ifndef SOURCE_LOSSES_H
#define SOURCE_LOSSES_H

#include "lib/json.h"
#include "source/source.h"

/* Says it on stderr, if there is anything to say. */
void losses_tell(const struct source_losses *losses);

/* As the member "losses", null for NULL. */
void json_losses(struct json *json, const struct source_losses *losses);

/* Says on stderr how many lives the last reading left out, for their socket is gone; nothing if none. */
void hidden_tell(const struct source *recorder);

#endif
