/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tap on a recorder's events: the attached one's, which it follows to the one
 * that replaces it, or for want of that one of its own.
 */
#ifndef SNAPSHOT_TAP_H
#define SNAPSHOT_TAP_H

#include "filter/filter.h"
#include "source/recorder.h"
#include "source/source.h"

struct ring_buffer;

struct tap {
	struct recorder *recorder; /* our own; NULL: the attached one is read */
	int events, losses, control;
	int reading; /* the attached recorder's directory, locked: one reads it at a time; or -1 */
	struct recorder_heard heard; /* whether hooks are to look into control at all */
	struct ring_buffer *ring;
	int (*on_event)(void *ctx, void *data, size_t size);
	void *ctx;
	struct filter_bounds bounds; /* what nobody will be shown need not enter the ring */
	struct source_losses before; /* what others lost, */
	struct source_losses lost; /* and we, with recorders that were replaced */
	unsigned int looks;
};

/* Opens it; the first three members may be set by then. 0, or an exit status after a line on stderr. */
int tap_open(struct tap *tap, const struct recorder_options *own);

/* What became of the recorder. */
enum tap_state {
	TAP_OPEN,
	TAP_GONE, /* there will be no more events: said on stderr */
	TAP_FAILED, /* the events can't be had: said on stderr */
};

/*
 * Gives the events that are there to on_event(), and asks for more; to be called
 * several times a second. *error is what on_event() returned, if not 0.
 */
enum tap_state tap_look(struct tap *tap, int *error);

/* Asks for no more and gives the last ones. */
void tap_stop(struct tap *tap, int *error);

/* What was lost since it was opened, of all recorders together. */
struct source_losses tap_losses(struct tap *tap);

/* Closes what is open. */
void tap_close(struct tap *tap);

#endif
