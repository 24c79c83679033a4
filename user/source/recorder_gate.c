// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: a variable of the programs. Hooks do nothing while it is 0, so that none
 * records what another does not see yet, and of two recorders only one records.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder_dir.h"
#include "source/recorder_object.h"

#define SECTION ".bss"
#define VARIABLE "active"

/* Without membarrier(2): longer than any hook takes. */
#define LONG_ENOUGH_US 200000

struct bpf_map *recorder_gate_map(const struct recorder *recorder)
{
	if (!recorder_variable(recorder->skeleton, SECTION, VARIABLE))
		return NULL;
	return bpf_object__find_map_by_name(recorder->skeleton->obj, SECTION);
}

void recorder_open_gate(struct recorder *recorder)
{
	__u32 *active = recorder_variable(recorder->skeleton, SECTION, VARIABLE);

	if (active)
		__atomic_store_n(active, 1, __ATOMIC_SEQ_CST);
}

/* Where a variable is in a pinned map of variables, by the types pinned with it; or -1. */
static long offset_in(int map, const char *name)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	struct btf *btf;
	long offset;

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return -1;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	offset = btf ? recorder_variable_offset(btf, SECTION, name) : -1;
	btf__free(btf);
	return offset;
}

/* Whoever is in a hook leaves it. */
static void wait_for_hooks(void)
{
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(LONG_ENOUGH_US);
}

/* A variable of a pinned recorder, in a page to be unmapped; NULL if there is none. */
static __u32 *map_variable(int map, const char *name, void **values, size_t *size)
{
	long offset = offset_in(map, name), page = sysconf(_SC_PAGESIZE);

	if (offset < 0)
		return NULL;
	*size = (offset + sizeof(__u32) + page - 1) / page * page;
	*values = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	return *values == MAP_FAILED ? NULL : (__u32 *)((char *)*values + offset);
}

static void shut(int map)
{
	void *values;
	size_t size;
	__u32 *active = map_variable(map, VARIABLE, &values, &size);

	if (!active)
		return;
	__atomic_store_n(active, 0, __ATOMIC_SEQ_CST);
	munmap(values, size);
	wait_for_hooks();
}

static int get(int dir, const char *name)
{
	return bpf_obj_get(pin_path(dir, "", name).text);
}

static void put(int map)
{
	if (map >= 0)
		close(map);
}

/* What is known of it by its programs goes with them. */
static void keep_misses(int dir)
{
	int cpus = libbpf_num_possible_cpus(), losses = get(dir, "losses");
	__u32 missed = TCPSCOPE_LOSS_MISSED;
	__u64 *counts = cpus < 0 ? NULL : need_zeros(cpus, sizeof(*counts));

	if (counts && losses >= 0 && !bpf_map_lookup_elem(losses, &missed, counts)) {
		counts[0] += recorder_misses_in(dir);
		bpf_map_update_elem(losses, &missed, counts, BPF_ANY);
	}
	free(counts);
	put(losses);
}

static bool read_loader(int control, struct tcpscope_control *loader)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), whose = TCPSCOPE_CONTROL_LOADER;

	return control >= 0 && !bpf_obj_get_info_by_fd(control, &info, &len) &&
	       info.value_size == sizeof(*loader) &&
	       !bpf_map_lookup_elem(control, &whose, loader) && loader->abi == TCPSCOPE_RECORDER_ABI;
}

bool recorder_abi_fits(int dir)
{
	int control = get(dir, "control");
	struct tcpscope_control loader;
	bool fits = read_loader(control, &loader);

	put(control);
	return fits;
}

void recorder_stop(int dir)
{
	int gate = get(dir, RECORDER_GATE);

	if (!recorder_abi_fits(dir))
		return;
	if (gate >= 0)
		shut(gate);
	put(gate);
	keep_misses(dir);
}

void recorder_mark_gone(int dir, enum tcpscope_gone gone)
{
	int control = get(dir, "control");
	__u32 whose = TCPSCOPE_CONTROL_LOADER;
	struct tcpscope_control loader;

	if (read_loader(control, &loader)) {
		loader.gone = gone;
		bpf_map_update_elem(control, &whose, &loader, BPF_ANY);
	}
	put(control);
}

bool recorder_stopped(void)
{
	int map = recorder_get(RECORDER_GATE);
	bool stopped = false;
	void *values;
	size_t size;
	__u32 *active = map < 0 ? NULL : map_variable(map, VARIABLE, &values, &size);

	if (active) {
		stopped = !*active;
		munmap(values, size);
	}
	put(map);
	return stopped;
}

int recorder_heard_map(const struct recorder *recorder, struct recorder_heard *heard)
{
	struct bpf_map *own = recorder ? recorder_gate_map(recorder) : NULL;
	int map = own ? bpf_map__fd(own) : recorder_get(RECORDER_GATE);

	heard->heard = map < 0 ? NULL : map_variable(map, "heard", &heard->values, &heard->size);
	if (!own)
		put(map);
	return heard->heard ? 0 : -ENOENT;
}

void recorder_heard_unmap(struct recorder_heard *heard)
{
	if (heard->heard)
		munmap(heard->values, heard->size);
	heard->heard = NULL;
}
