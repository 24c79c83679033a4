// SPDX-License-Identifier: GPL-2.0
/*
 * The recorder is one object: libbpf's linker cannot join objects that call
 * kernel functions which may be missing.
 */
#define TCPSCOPE_DEFINE_MAPS
#include "lifecycle.bpf.c"
#include "request.bpf.c"
#include "timewait.bpf.c"
#include "retransmit.bpf.c"
#include "arrival.bpf.c"
#include "owner.bpf.c"
#include "sweep.bpf.c"
#include "join.bpf.c"
