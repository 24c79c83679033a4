/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the recorder's life cycle, recorder*.c, share: its programs and maps. */
#ifndef SOURCE_RECORDER_OBJECT_H
#define SOURCE_RECORDER_OBJECT_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <tcpscope/abi.h>

#include "lib/error.h"
#include "recorder.skel.h"
#include "source/recorder.h"

#define MAX_PROGRAMS 64

/* What one recorder takes over of another. */
struct inheritance {
	bool abi; /* their records are the same; else nothing is kept */
	bool lives, ended, ring; /* these maps are the same */
};

/* A loaded recorder; the arrays go by the programs' place in the object. */
struct recorder {
	struct recorder_bpf *skeleton;
	struct bpf_link *links[MAX_PROGRAMS]; /* NULL: not attached */
	int refused[MAX_PROGRAMS]; /* -errno of a program the kernel has the place for, and refuses */
	int old; /* directory of the recorder this one will replace, or -1 */
	struct inheritance kept; /* from that one */
	uint64_t attached_ns; /* of that one, if its lives are kept; else 0 */
};

/* The names of pins: maps have their own, but for the one of the programs' variables. */
#define RECORDER_GATE "gate"
#define RECORDER_HOOK "hook_"
#define RECORDER_RUN "run_"

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

/* The place of a global variable among those of its section, or -1. */
long recorder_variable_offset(const struct btf *btf, const char *section, const char *name);

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

/* --- recorder_object.c --- */

/* File descriptor of a program that runs when it is asked to, or negative. */
int recorder_program(const struct recorder *recorder, const char *name);

/* --- recorder_misses.c --- */

/* recorder_misses() of the recorder pinned in a directory. */
uint64_t recorder_misses_in(int dir);

/* --- recorder_gate.c: who records --- */

/*
 * The map of the variables that hooks look into before they do anything; NULL: they
 * have none, and record once they are attached.
 */
struct bpf_map *recorder_gate_map(const struct recorder *recorder);
void recorder_open_gate(struct recorder *recorder);

/* Whether the recorder in a directory of pins has records of the form this release knows. */
bool recorder_abi_fits(int dir);

/*
 * Shuts the gate of the recorder in a directory of pins, and returns when no hook of
 * it is at work any more. What the kernel skipped of its hooks is added to its losses.
 */
void recorder_stop(int dir);

/* Tells those who still have that recorder open what became of it. */
void recorder_mark_gone(int dir, enum tcpscope_gone gone);

/* --- recorder_inherit.c: what a recorder takes over of the one it replaces --- */

/* Sizes that were not asked for become those of the other one. */
void recorder_inherit_sizes(int old, struct recorder_options *options);

/* Before the load: lets the object use the other one's maps where they fit. */
struct inheritance recorder_inherit_maps(int old, struct recorder_bpf *skeleton);

/* After it, and after the other one was stopped: copies what maps do not share. */
void recorder_take_over(struct recorder *recorder, int old);

/* Says on stderr, in a line, what is not kept; nothing if all is. */
void recorder_tell_inheritance(const struct recorder *recorder);

/* --- recorder_hooks.c --- */

/* Says on stderr, a line each, which programs are not at work and what that costs. */
void recorder_tell_lacks(const struct recorder *recorder);

#endif
