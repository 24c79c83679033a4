// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel keeps about a connection's timers, copied into plain numbers
 * for timers.c to decide about. Nothing is decided here.
 */
#include <linux/hrtimer.h>
#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include <tcpscope/abi.h>

#include "alarm.h"
#include "compat.h"
#include "facts.h"

static_assert((int)TCPSCOPE_PENDING_RETRANS == ICSK_TIME_RETRANS);
static_assert((int)TCPSCOPE_PENDING_PROBE0 == ICSK_TIME_PROBE0);
static_assert((int)TCPSCOPE_PENDING_LOSS_PROBE == ICSK_TIME_LOSS_PROBE);
static_assert((int)TCPSCOPE_PENDING_REO_TIMEOUT == ICSK_TIME_REO_TIMEOUT);
static_assert(TCPSCOPE_THIN_LINEAR_RETRIES == TCP_THIN_LINEAR_RETRIES);
static_assert(TCPSCOPE_TIMEOUT_MIN == TCP_TIMEOUT_MIN);

void tcpscope_limits_read(struct tcpscope_limits *limits, const struct net *net)
{
	const struct netns_ipv4 *ipv4 = &net->ipv4;

	limits->syn_retries = READ_ONCE(ipv4->sysctl_tcp_syn_retries);
	limits->syn_linear_timeouts = tcpscope_syn_linear_timeouts(net);
	limits->synack_retries = READ_ONCE(ipv4->sysctl_tcp_synack_retries);
	limits->retries2 = READ_ONCE(ipv4->sysctl_tcp_retries2);
	limits->orphan_retries = READ_ONCE(ipv4->sysctl_tcp_orphan_retries);
	limits->keepalive_probes = READ_ONCE(ipv4->sysctl_tcp_keepalive_probes);
}

static void alarm_read_hrtimer(struct tcpscope_alarm *alarm,
			       const struct hrtimer *timer,
			       const struct tcpscope_now *now)
{
	alarm->armed = hrtimer_is_queued((struct hrtimer *)timer);
	alarm->expires_ns = alarm->armed ?
		ktime_to_ns(hrtimer_get_expires(timer)) - (s64)now->ns : 0;
}

/* Which timers run. */
static void facts_read_alarms(struct tcpscope_timer_facts *facts,
			      const struct sock *sk,
			      const struct tcpscope_now *now)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct timer_list *keepalive = tcpscope_keepalive_timer(sk);
	u8 delack;

	/* Both flags pair with smp_store_release() in inet_connection_sock.h */
	delack = smp_load_acquire(&icsk->icsk_ack.pending) & ICSK_ACK_TIMER;
	/* As above */
	facts->pending = smp_load_acquire(&icsk->icsk_pending);
	tcpscope_alarm_read(&facts->write, facts->pending,
			    tcpscope_write_expires(sk),
			    tcpscope_write_timer(sk), now);
	tcpscope_alarm_read(&facts->delack, delack, tcpscope_delack_expires(sk),
			    &icsk->icsk_delack_timer, now);
	tcpscope_alarm_read(&facts->keepalive, timer_pending(keepalive),
			    READ_ONCE(keepalive->expires), keepalive, now);
	alarm_read_hrtimer(&facts->pacing, &tcp_sk(sk)->pacing_timer, now);
	alarm_read_hrtimer(&facts->compack, &tcp_sk(sk)->compressed_ack_timer, now);
}

/* Since when things are as they are; stamps are jiffies where not said. */
static void facts_read_ages(struct tcpscope_timer_facts *facts,
			    const struct sock *sk,
			    const struct tcpscope_now *now)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	u32 probes = READ_ONCE(icsk->icsk_probes_tstamp);
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 retrans = READ_ONCE(tp->retrans_stamp);

	facts->jiffies = now->jiffies;
	facts->retransmitting = retrans;
	facts->retrans_age = !retrans ? 0 :
		tcpscope_age_jiffies(tcpscope_stamp_age_ms(tp, retrans, now->ns), HZ);
	facts->probing = probes;
	facts->probing_age = probes ? tcpscope_age(now->jiffies, probes, HZ) : 0;
	facts->sent_age = tcpscope_age(now->jiffies, READ_ONCE(tp->lsndtime), HZ);
	facts->ack_age = tcpscope_age(now->jiffies, READ_ONCE(tp->rcv_tstamp), HZ);
	facts->silence = min(facts->ack_age,
			     tcpscope_age(now->jiffies,
					  READ_ONCE(icsk->icsk_ack.lrcvtime), HZ));
}

/* A thin stream's timeout stays what it is: tcp_retransmit_timer(). */
static s64 thin_rto_ns(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 rto_us = (READ_ONCE(tp->srtt_us) >> 3) + READ_ONCE(tp->rttvar_us);
	u32 rto_min;

	if (!tp->thin_lto &&
	    !READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_thin_linear_timeouts))
		return 0;
	if (READ_ONCE(tp->packets_out) >= 4)	/* tcp_stream_is_thin() */
		return 0;
	rcu_read_lock();
	rto_min = tcp_rto_min((struct sock *)sk); /* the route's, or the socket's */
	rcu_read_unlock();
	return tcpscope_jiffies_to_ns(max_t(unsigned long, rto_min,
					    usecs_to_jiffies(rto_us)), HZ);
}

static void facts_read_tcp(struct tcpscope_timer_facts *facts,
			   const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	facts->in_flight = READ_ONCE(tp->packets_out) ||
			   READ_ONCE(tp->write_seq) != READ_ONCE(tp->snd_nxt);
	facts->zero_window = !READ_ONCE(tp->snd_wnd);
	facts->shut_in_jiffies = tcpscope_shut_in_jiffies();
	facts->tlp_out = READ_ONCE(tp->tlp_high_seq);
	facts->fastopen_child = rcu_access_pointer(tp->fastopen_rsk);
	facts->keepalive_probes = READ_ONCE(tp->keepalive_probes);
	facts->keepalive_time = keepalive_time_when(tp);
	facts->keepalive_intvl = keepalive_intvl_when(tp);
	facts->thin_rto_ns = thin_rto_ns(sk);
	facts->finwait2_ns = READ_ONCE(tp->linger2) < 0 ? -1 :
		tcpscope_jiffies_to_ns(tcp_fin_time(sk), HZ);
}

void tcpscope_timer_facts_read(struct tcpscope_timer_facts *facts,
			       const struct sock *sk,
			       const struct tcpscope_now *now)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);

	facts->hz = HZ;
	facts->state = inet_sk_state_load(sk);
	facts->retransmits = READ_ONCE(icsk->icsk_retransmits);
	facts->backoff = READ_ONCE(icsk->icsk_backoff);
	facts->probes_out = READ_ONCE(icsk->icsk_probes_out);
	facts->syn_retries = READ_ONCE(icsk->icsk_syn_retries);
	facts->user_timeout_ms = READ_ONCE(icsk->icsk_user_timeout);
	facts->soft_error = READ_ONCE(sk->sk_err_soft);
	facts->orphan = sock_flag(sk, SOCK_DEAD);
	facts->keepopen = sock_flag(sk, SOCK_KEEPOPEN);
	facts->rto_ns = tcpscope_jiffies_to_ns(READ_ONCE(icsk->icsk_rto), HZ);
	facts->rto_max_ns = tcpscope_jiffies_to_ns(tcpscope_rto_max(sk), HZ);
	facts_read_tcp(facts, sk);
	facts_read_ages(facts, sk, now);
	facts_read_alarms(facts, sk, now);
}

static void facts_read_listener(struct tcpscope_request_facts *facts,
				const struct sock *listener)
{
	const struct inet_connection_sock *icsk = inet_csk(listener);
	const struct request_sock_queue *queue = &icsk->icsk_accept_queue;

	facts->syn_retries = READ_ONCE(icsk->icsk_syn_retries);
	facts->defer_accept = READ_ONCE(queue->rskq_defer_accept);
	facts->requests = reqsk_queue_len(queue);
	facts->young = reqsk_queue_len_young(queue);
	facts->backlog = READ_ONCE(listener->sk_max_ack_backlog);
	facts->rto_max = tcpscope_rto_max(listener);
	facts->listening = inet_sk_state_load(listener) == TCP_LISTEN;
	facts->migrates = listener->sk_reuseport &&
		READ_ONCE(sock_net(listener)->ipv4.sysctl_tcp_migrate_req);
}

/*
 * The kernel hashes a request first and then sets its timer up and takes the
 * first reference: reqsk_queue_hash_req() in inet_connection_sock.c.
 */
void tcpscope_request_facts_read(struct tcpscope_request_facts *facts,
				 const struct request_sock *req,
				 const struct tcpscope_now *now)
{
	bool armed = refcount_read(&req->rsk_refcnt);

	smp_rmb(); /* pairs with the smp_wmb() before the first reference */
	tcpscope_alarm_read(&facts->synack, armed,
			    READ_ONCE(req->rsk_timer.expires), &req->rsk_timer,
			    now);
	facts->hz = HZ;
	facts->jiffies = now->jiffies;
	facts->timeout = req->timeout;
	facts->timeouts = req->num_timeout;
	facts->acked = inet_rsk(req)->acked;
	facts_read_listener(facts, req->rsk_listener);
}
