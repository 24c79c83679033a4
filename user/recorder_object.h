/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the recorder's life cycle, recorder*.c, share: its programs and maps. */
#ifndef RECORDER_OBJECT_H
#define RECORDER_OBJECT_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "recorder.h"
#include "recorder.skel.h"

#define MAX_PROGRAMS 64

/* A loaded recorder; the arrays go by the programs' place in the object. */
struct recorder {
	struct recorder_bpf *skeleton;
	struct bpf_link *links[MAX_PROGRAMS]; /* NULL: not attached */
	int refused[MAX_PROGRAMS]; /* -errno of a program the kernel has the place for, and refuses */
};

/* Each program with its place. */
#define for_each_program(i, program, skeleton) \
	for (i = 0, program = bpf_object__next_program((skeleton)->obj, NULL); \
	     program && i < MAX_PROGRAMS; \
	     i++, program = bpf_object__next_program((skeleton)->obj, program))

/* The words of libbpf, shown with TCPSCOPE_DEBUG set only. To be called before anything of libbpf's. */
void recorder_quiet(void);

/* --- recorder_adapt.c: what this kernel has --- */

/* Whether it stays attached to a place in the kernel; the others run when they are asked to. */
bool recorder_is_hook(const struct bpf_program *program);

/* Why this kernel can't have the program; NULL: it has the place for it. */
const char *recorder_why_missing(const struct btf *btf, const struct bpf_program *program);

/*
 * Fits the opened programs to the kernel of that BTF: leaves out those it can't
 * have, and tells the rest which form a function or tracepoint has.
 */
void recorder_adapt(struct recorder_bpf *skeleton, const struct btf *btf);

/* One of two programs that go together only misleads without the other: it is left out too. */
void recorder_leave_out_lonely(struct recorder_bpf *skeleton);

/*
 * Where a global variable of the programs is, in the section ".rodata" (before
 * the load) or ".bss"; NULL if they have none of that name.
 */
void *recorder_variable(struct recorder_bpf *skeleton, const char *section, const char *name);

/* --- recorder_load.c: the programs and maps into the kernel, attached to nothing --- */

/*
 * Loads what this kernel takes into recorder->skeleton, and notes in
 * recorder->refused what it does not. 0, or -errno after one line on stderr.
 */
int recorder_load_object(struct recorder *recorder, const struct recorder_options *options);

/*
 * Loads and attaches one program alone, with the smallest of maps, and takes it
 * off again: it does nothing, for nobody opens the gate. 0 or -errno.
 */
int recorder_try(const struct btf *btf, const char *program);

/* --- recorder_costs.c: the one list of what each program is for --- */

/* What is lost without a program, and what stands in; NULL for one that is not in the list. */
const char *recorder_costs(const char *program);

/* The program without which this one would mislead; NULL: it stands alone. */
const char *recorder_needs(const char *program);

/* --- recorder_hooks.c --- */

/* Says on stderr, a line each, which programs are not at work and what that costs. */
void recorder_tell_lacks(const struct recorder *recorder);

#endif
