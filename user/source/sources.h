/* SPDX-License-Identifier: GPL-2.0 */
/* The sources that a command reads together, each for what it knows; one may be all of them. */
#ifndef SOURCE_SOURCES_H
#define SOURCE_SOURCES_H

#include "source/source.h"

struct sources {
	struct source *module; /* connections as they are, */
	struct source *recorder; /* what is remembered of them, */
	struct source *host; /* and what the host is set to, with its clock */
};

/* Opens those of the running host. Says so on stderr if the attached recorder is of another release. */
void sources_open(struct sources *sources);
void sources_close(struct sources *sources);

/* Fills in what the recorder lost. Returns losses, or NULL if that is not known. */
const struct source_losses *sources_losses(const struct sources *sources, struct source_losses *losses);

#endif
