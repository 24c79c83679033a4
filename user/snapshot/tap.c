// SPDX-License-Identifier: GPL-2.0
#include "snapshot/tap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder_dir.h"

/* How long the ring is filled without being asked again. */
#define LISTEN_AHEAD_NS (2 * NSEC_PER_SEC)
/* Every so many looks: whether the recorder we read is the one that is pinned. */
#define LOOKS_A_CHECK 16

/* --- opening --- */

static void close_map(int *map)
{
	if (*map >= 0)
		close(*map);
	*map = -1;
}

static int open_own(struct tap *tap, const struct recorder_options *options)
{
	if (recorder_load(options, &tap->recorder))
		return EXIT_FAILED;
	tap->events = recorder_map(tap->recorder, "events");
	tap->losses = recorder_map(tap->recorder, "losses");
	tap->control = recorder_map(tap->recorder, "control");
	if (recorder_heard_map(tap->recorder, &tap->heard))
		return fail("the recorder's variables could not be mapped");
	return EXIT_DONE;
}

static bool read_control(int map, enum tcpscope_control_of whose, struct tcpscope_control *control)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), key = whose;

	return !bpf_obj_get_info_by_fd(map, &info, &len) && info.value_size == sizeof(*control) &&
	       !bpf_map_lookup_elem(map, &key, control);
}

/* Two that read one ring would each get a part of it. The lock ends with whoever has it. */
static int lock_reading(struct tap *tap)
{
	int root = pins_root(), error;

	tap->reading = root < 0 ? root : pins_open(root, RECORDER_NAME);
	if (root >= 0)
		close(root);
	if (tap->reading < 0)
		return pins_fail(tap->reading);
	if (!flock(tap->reading, LOCK_EX | LOCK_NB))
		return EXIT_DONE;
	error = errno;
	close_map(&tap->reading);
	if (error == EWOULDBLOCK)
		return fail("another trace reads the attached recorder: stop it first");
	return fail("the attached recorder's directory could not be locked (%s)", strerror(error));
}

static int open_attached(struct tap *tap)
{
	struct tcpscope_control loader;

	if (lock_reading(tap))
		return EXIT_FAILED;
	tap->events = recorder_get("events");
	tap->losses = recorder_get("losses");
	tap->control = recorder_get("control");
	if (tap->events < 0 || tap->losses < 0 || tap->control < 0)
		return fail("the attached recorder could not be opened: "
			    "attach it anew with 'tcpscope attach --replace'");
	if (!read_control(tap->control, TCPSCOPE_CONTROL_LOADER, &loader) ||
	    loader.abi != TCPSCOPE_RECORDER_ABI)
		return fail("the attached recorder is of another release: tcpscope attach --replace");
	if (recorder_heard_map(NULL, &tap->heard))
		return fail("the attached recorder's variables could not be mapped: "
			    "attach it anew with 'tcpscope attach --replace'");
	return EXIT_DONE;
}

static int open_ring(struct tap *tap)
{
	tap->ring = ring_buffer__new(tap->events, tap->on_event, tap->ctx, NULL);
	return tap->ring ? EXIT_DONE : fail("the ring buffer could not be opened (%s)", strerror(errno));
}

/* What a recorder has lost since it was attached. */
static void count(const struct tap *tap, struct source_losses *losses)
{
	recorder_losses_of(tap->losses, losses);
	losses->count[TCPSCOPE_LOSS_MISSED] += recorder_misses(tap->recorder);
}

int tap_open(struct tap *tap, const struct recorder_options *own)
{
	int error;

	tap->recorder = NULL;
	tap->heard.heard = NULL;
	tap->events = tap->losses = tap->control = tap->reading = -1;
	error = recorder_pinned() ? open_own(tap, own) : open_attached(tap);
	if (error)
		return error;
	count(tap, &tap->before);
	return open_ring(tap);
}

/* --- listening --- */

static bool is_everything(const struct filter_bounds *bounds)
{
	const struct filter_bounds everything = filter_bounds(NULL);

	return !memcmp(bounds, &everything, sizeof(everything));
}

static void put_bounds(struct tcpscope_control *control, const struct filter_bounds *bounds)
{
	control->states = bounds->states;
	control->families = bounds->families | (is_everything(bounds) ? TCPSCOPE_ANYTHING : 0);
	control->local_port_min = bounds->local_port.min;
	control->local_port_max = bounds->local_port.max;
	control->peer_port_min = bounds->peer_port.min;
	control->peer_port_max = bounds->peer_port.max;
	control->port_min = bounds->port.min;
	control->port_max = bounds->port.max;
}

/* The ring goes on being filled for a while; a reader that dies need not say so. 0 or -errno. */
static int listen_until(struct tap *tap, uint64_t until_ns)
{
	struct tcpscope_control control;
	__u32 whose = TCPSCOPE_CONTROL_COMMAND;

	if (bpf_map_lookup_elem(tap->control, &whose, &control))
		return -errno;
	control.listen_until_ns = until_ns;
	put_bounds(&control, &tap->bounds);
	if (bpf_map_update_elem(tap->control, &whose, &control, BPF_ANY))
		return -errno;
	/* only now: the guard takes it back if control does not say so, too */
	__atomic_store_n(tap->heard.heard, until_ns != 0, __ATOMIC_SEQ_CST);
	return 0;
}

/* --- what becomes of the recorder --- */

static uint32_t id_of(int map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return map < 0 || bpf_obj_get_info_by_fd(map, &info, &len) ? 0 : info.id;
}

/* By its own word; now and then by what is pinned, for not everybody says what he takes away. */
static enum tcpscope_gone what_became(struct tap *tap)
{
	struct tcpscope_control loader;
	uint32_t pinned;
	int map;

	if (read_control(tap->control, TCPSCOPE_CONTROL_LOADER, &loader) && loader.gone)
		return loader.gone;
	if (tap->looks++ % LOOKS_A_CHECK)
		return TCPSCOPE_GONE_NOT;
	map = recorder_get("control");
	pinned = id_of(map);
	close_map(&map);
	if (pinned == id_of(tap->control))
		return TCPSCOPE_GONE_NOT;
	/* it may have been said in between */
	if (read_control(tap->control, TCPSCOPE_CONTROL_LOADER, &loader) && loader.gone)
		return loader.gone;
	return pinned ? TCPSCOPE_GONE_REPLACED : TCPSCOPE_GONE_DETACHED;
}

static void subtract(struct source_losses *from, const struct source_losses *losses)
{
	for (int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		from->count[i] -= losses->count[i];
}

static void add(struct source_losses *to, const struct source_losses *losses)
{
	for (int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		to->count[i] += losses->count[i];
}

/* What was lost with a recorder that has stopped: all is in its map by then. */
static void book_losses(struct tap *tap)
{
	struct source_losses losses = {};

	recorder_losses_of(tap->losses, &losses);
	add(&tap->lost, &losses);
	subtract(&tap->lost, &tap->before);
	tap->before = losses;
}

/* Over to the recorder that is pinned now. It fills its ring for us already. */
static enum tap_state follow(struct tap *tap)
{
	uint32_t losses = id_of(tap->losses);

	book_losses(tap);
	tap_close(tap);
	if (open_attached(tap) || open_ring(tap))
		return TAP_FAILED;
	/* the new one counts on, or began with nothing */
	if (id_of(tap->losses) != losses)
		tap->before = (struct source_losses){};
	return TAP_OPEN;
}

static enum tap_state leave(struct tap *tap)
{
	book_losses(tap);
	close_map(&tap->losses);
	fail("the recorder was detached, nothing more will be seen: "
	     "attach it again, or trace without it");
	return TAP_GONE;
}

static void consume(struct tap *tap, int *error)
{
	int taken = ring_buffer__consume(tap->ring);

	if (taken < 0 && !*error)
		*error = taken;
}

enum tap_state tap_look(struct tap *tap, int *error)
{
	enum tcpscope_gone gone = tap->recorder ? TCPSCOPE_GONE_NOT : what_became(tap);

	if (!gone)
		*error = listen_until(tap, now_ns() + LISTEN_AHEAD_NS);
	if (!*error)
		consume(tap, error);
	if (*error || !gone)
		return TAP_OPEN;
	return gone == TCPSCOPE_GONE_REPLACED ? follow(tap) : leave(tap);
}

void tap_stop(struct tap *tap, int *error)
{
	listen_until(tap, 0);
	if (!*error)
		consume(tap, error);
}

struct source_losses tap_losses(struct tap *tap)
{
	struct source_losses lost = tap->lost, now = {};

	if (tap->losses < 0)
		return lost;
	count(tap, &now);
	add(&lost, &now);
	subtract(&lost, &tap->before);
	return lost;
}

void tap_close(struct tap *tap)
{
	ring_buffer__free(tap->ring);
	tap->ring = NULL;
	recorder_heard_unmap(&tap->heard);
	if (!tap->recorder) {
		close_map(&tap->events);
		close_map(&tap->losses);
		close_map(&tap->control);
		close_map(&tap->reading);
	}
	recorder_free(tap->recorder);
	tap->recorder = NULL;
}
