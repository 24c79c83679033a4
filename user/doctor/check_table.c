// SPDX-License-Identifier: GPL-2.0
/* The table of checks, and what they have in common. */
#include "doctor/check_table.h"

#define PEER (GUILTY_PEER | GUILTY_PEER_PORT | GUILTY_COUNTED)
#define LISTENER (GUILTY_LOCAL | GUILTY_LOCAL_PORT | GUILTY_OWNER)
#define FAILED (GUILTY_PEER | GUILTY_PEER_PORT | GUILTY_REASON | GUILTY_COUNTED)

/* clang-format off */
static const struct check checks[] = {
	{ "time-wait", "TIME-WAITs against tcp_max_tw_buckets", "% of it", { 80, 95, 0 },
	  0, NEEDS_NOTHING, NULL, NULL, judge_time_wait,
	  "tcpscope timewait says who makes them and what would help" },
	{ "ports", "ephemeral ports of one source, destination and port", "% in use", { 80, 95, 0 },
	  0, NEEDS_NOTHING, NULL, NULL, judge_ports,
	  "reuse connections; else tcp_tw_reuse=1, a wider ip_local_port_range or more addresses: tcpscope timewait has the numbers" },
	{ "close-wait", "connections the peer has closed, and the owner not", "connections", { 10, 1000, 60 },
	  GUILTY_OWNER, NEEDS_NOTHING, take_close_wait, NULL, judge_aged,
	  "the process must close() what it has read to the end; restarting it frees what it holds" },
	{ "fin-wait-2", "connections whose owner shut down sending, and keeps them", "connections", { 10, 1000, 60 },
	  GUILTY_OWNER, NEEDS_MODULE, take_fin_wait2, NULL, judge_aged,
	  "tcp_fin_timeout does not end them: the process must close(), or the peer" },
	{ "syn-sent", "connects without an answer to the first SYN", "connections", { 5, 100, 0 },
	  PEER, NEEDS_MODULE, take_syn_sent, NULL, judge_syn_sent,
	  "the peer or something on the way drops SYNs: is it up, is there a firewall, is its backlog full?" },
	{ "syn-recv", "a listener's half-open handshakes; SYN cookies and drops", "% of the backlog", { 75, 95, 0 },
	  LISTENER, NEEDS_MODULE, take_syn_recv, NULL, judge_syn_recv,
	  "a SYN flood, or answers that get lost: keep tcp_syncookies=1, raise listen()'s backlog and somaxconn" },
	{ "accept-queue", "a listener's connections that were not accepted yet, or not for so long", "% of the backlog", { 75, 100, 30 },
	  LISTENER, NEEDS_MODULE, take_accept_queue, NULL, judge_accept_queue,
	  "the process does not accept() fast enough: more workers, or a backlog (and somaxconn) for its bursts" },
	{ "retransmits", "connections with 3 timeouts in a row or more", "connections", { 5, 100, 0 },
	  GUILTY_PEER | GUILTY_COUNTED, NEEDS_MODULE, take_retransmits, NULL, judge_retransmits,
	  "one peer: it is gone or overloaded; one prefix: the path to it; everyone: our own link" },
	{ "zero-window", "peers whose window has been shut for so long", "connections", { 1, 100, 10 },
	  PEER, NEEDS_MODULE, take_zero_window, NULL, judge_zero_window,
	  "the peer's process does not read; TCP_USER_TIMEOUT bounds how long we wait for it" },
	{ "orphans", "closed sockets that still wait for their FIN's ACK", "% of tcp_max_orphans", { 20, 50, 0 },
	  GUILTY_PEER | GUILTY_COUNTED, NEEDS_NOTHING, take_orphans, NULL, judge_orphans,
	  "their peers do not acknowledge the FIN: a lower tcp_orphan_retries forgets them earlier" },
	{ "unanswered", "closed sockets with 3 timeouts in a row or more", "connections", { 50, 1000, 0 },
	  GUILTY_PEER | GUILTY_COUNTED, NEEDS_MODULE, take_unanswered, NULL, judge_unanswered,
	  "their peers are gone or do not answer; a lower tcp_orphan_retries forgets them earlier" },
	{ "idle", "connections without keepalive on which nothing was sent", "connections", { 10, 1000, 7200 },
	  GUILTY_OWNER, NEEDS_MODULE, take_idle, NULL, judge_idle,
	  "if the peer is gone nobody will notice: set SO_KEEPALIVE, or close what is idle" },
	{ "resets", "connections that a reset ended, in the last 10 s", "a second", { 5, 100, 0 },
	  FAILED, NEEDS_RECORDER, NULL, ended_resets, judge_resets,
	  "sent: the process closed with data unread or no linger time; received: the peer did, or it crashed" },
	{ "handshakes", "handshakes that failed, in the last 60 s", "handshakes", { 10, 500, 0 },
	  FAILED, NEEDS_RECORDER, NULL, ended_handshakes, judge_handshakes,
	  "refused: nobody listens there; unreachable: no way there, or rejected; timed out: SYNs or their answers are dropped on the way" },
	{ "memory", "what sockets' buffers take", "% of tcp_mem's pressure", { 80, 100, 0 },
	  GUILTY_OWNER, NEEDS_NOTHING, take_memory, NULL, judge_memory,
	  "processes that do not read hold it; raising tcp_mem helps only if there is memory to spare" },
	{ "losses", "what tcpscope itself could not record", "% of what it did", { 1, 10, 0 },
	  0, NEEDS_RECORDER, NULL, NULL, judge_losses,
	  "what is shown may be incomplete: tcpscope attach --replace with larger --max-connections or --ring-bytes" },
};
/* clang-format on */

#define N_CHECKS (sizeof(checks) / sizeof(*checks))
_Static_assert(N_CHECKS <= CHECKS_MAX, "doctor_run.groups is too small");

const struct check *check_at(size_t i)
{
	return i < N_CHECKS ? &checks[i] : NULL;
}

void check_run(const struct doctor_run *run, size_t i, struct finding *finding)
{
	const struct check *check = &checks[i];

	*finding = (struct finding){ .level = LEVEL_OK };
	if (check->needs == NEEDS_MODULE && run->snapshot.from_lives) {
		finding->level = LEVEL_UNKNOWN;
		finding_say(finding, "not known without the module");
		return;
	}
	check->judge(run, &run->groups[i], &run->limits[i], finding);
	if (finding->level >= LEVEL_WARNING && check->guilty)
		finding_blame(run, &run->groups[i], check->guilty, finding);
}
