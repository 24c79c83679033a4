// SPDX-License-Identifier: GPL-2.0
/*
 * Who owns a connection: whoever connected or listened (lifecycle.bpf.c sees
 * both), then whoever accepted. Only hooks in process context may ask who is
 * current; state changes run in softirq, on behalf of a bystander.
 */
#include "life.h"

/* How many arguments inet_csk_accept() has: what it returns stands behind them. */
const volatile __u32 accept_arguments = 4;

static __always_inline struct sock *accepted_socket(unsigned long long *ctx)
{
	struct sock *sk;

	if (accept_arguments == 2) {
		sk = (void *)ctx[2];
		asm volatile("" : "+r"(sk)); /* one place to read for each, for the verifier */
	} else {
		sk = (void *)ctx[4];
	}
	return sk;
}

SEC("fexit/inet_csk_accept")
int HOOK(accepted, struct sock *listener)
{
	struct sock *sk = accepted_socket(ctx);
	struct tcpscope_life *life;
	__u64 cookie;

	if (!sk)
		return 0;
	cookie = cookie_there(sk);
	life = life_find(cookie);
	if (!life)
		return 0;
	life->flags |= TCPSCOPE_FLAG_ACCEPTED;
	life->place = (__u64)sk;
	owner_is_current(&life->owner);
	still_alive(life, cookie);
	return 0;
}
