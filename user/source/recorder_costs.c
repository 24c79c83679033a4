// SPDX-License-Identifier: GPL-2.0
/*
 * What each of the recorder's programs is for, told as what is lost without it. No
 * hook is a must: ends that are not seen have a stand-in, and what one hook does not
 * see of a connection the next one makes up for.
 */
#include <string.h>

#include "source/recorder_object.h"

#define STAND_IN "ended as 'reconciled' once their time is up or 'tcpscope attach --sweep' finds no socket"

/* clang-format off */
static const struct {
	const char *program, *needs, *costs;
} programs[] = {
	/* beginnings */
	{ "connecting", NULL, "outgoing connections are followed from their first change of state on, without owner, age and initial sequence number" },
	{ "request_hashed", NULL, "incoming connections are followed from ESTAB on, without the time and numbers of their handshake" },
	{ "child_queued", NULL, "connections from SYN cookies and Fast Open are followed from their first change of state on, without age and owner" },
	{ "accepted", NULL, "an accepted connection keeps its listener's owner" },
	{ "migrated", NULL, "what moves to another listener of its SO_REUSEPORT group keeps the owner of the first" },
	{ "timewait_port_reused", NULL, "a connect() that takes a TIME-WAIT's port over is not linked to it" },
	/* changes and ends */
	{ "set_state", NULL, "no changes of state and no listeners: state, time in it and who closed first are unknown, and most ends have no reason" },
	{ "destroyed", NULL, "ends that follow from a close with unread data or without patience are not seen: " STAND_IN },
	{ "request_dropped", NULL, "the ends of handshakes that fail are not seen: " STAND_IN },
	{ "disconnecting", "disconnected", "a connection its owner disconnects ends without that reason" },
	{ "disconnected", "disconnecting", "a connection its owner disconnects ends without that reason" },
	{ "aborting", NULL, "connections aborted from outside (ss -K) end without that reason" },
	{ "timewait_begins", NULL, "TIME-WAIT is not followed from its beginning: such connections count as ended before it" },
	{ "timewait_restarts", NULL, "a TIME-WAIT that begins again, and FIN-WAIT-2 that becomes one, are not seen" },
	{ "timewait_ends", NULL, "the ends of TIME-WAITs are not seen: " STAND_IN },
	{ "timewait_segment", NULL, "what arrives in TIME-WAIT is not recorded" },
	{ "timewait_taken_over", NULL, "a SYN that takes a TIME-WAIT over is not linked to it" },
	/* what happens in between */
	{ "request_error", NULL, "handshakes that an ICMP error ends have no reason" },
	{ "syn_arrives", NULL, "listeners' SYNs and overflows are not counted" },
	{ "request_segment", NULL, "RSTs, repeated SYNs and ACKs that meet a full accept queue are not seen during the handshake" },
	{ "retransmitted", NULL, "retransmissions are not recorded" },
	{ "synack_retransmitted", NULL, "retransmitted SYN-ACKs are not recorded" },
	{ "loss_probe", "loss_probe_done", "tail loss probes count as other retransmissions" },
	{ "loss_probe_done", "loss_probe", "tail loss probes count as other retransmissions" },
	{ "probed", NULL, "window probes and keepalive probes are not recorded, nor ends for want of their answer" },
	{ "retransmit_timer", "retransmit_timer_done", "ends for want of an ACK have no reason" },
	{ "retransmit_timer_done", "retransmit_timer", "ends for want of an ACK have no reason" },
	{ "resetting", NULL, "data that comes after close() counts as a RST of the peer's" },
	{ "reset_received", NULL, "received RSTs are not recorded: ends by one have no reason" },
	{ "reset_sent", NULL, "sent RSTs are not recorded: ends by one have no reason" },
	{ "data_again", NULL, "duplicate data is not recorded" },
	{ "out_of_window", NULL, "segments outside of the window are not recorded" },
	{ "challenged", NULL, "challenged SYNs and RSTs are not recorded" },
	/* what runs when it is asked to */
	{ "sweep_sockets", NULL, "connections older than the recorder are followed from their next event on" },
	{ "sweep_owners", NULL, "connections older than the recorder have no owner" },
	{ "end_stale", NULL, "'tcpscope attach --sweep' can't end what exists no more" },
	{ "read_lives", NULL, "lives whose socket is gone unseen are shown until they are ended" },
	{ "join_lives", NULL, "long lists cost more: each connection is asked for alone" },
	{ "start_guard", NULL, "what ends unseen stays until 'tcpscope attach --sweep'" },
};
/* clang-format on */

#define N_PROGRAMS (sizeof(programs) / sizeof(*programs))

const char *recorder_costs(const char *program)
{
	for (size_t i = 0; i < N_PROGRAMS; i++)
		if (!strcmp(programs[i].program, program))
			return programs[i].costs;
	return NULL;
}

const char *recorder_needs(const char *program)
{
	for (size_t i = 0; i < N_PROGRAMS; i++)
		if (!strcmp(programs[i].program, program))
			return programs[i].needs;
	return NULL;
}
