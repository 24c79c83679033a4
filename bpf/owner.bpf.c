// SPDX-License-Identifier: GPL-2.0
/*
 * Who owns a connection: whoever connected or listened (lifecycle.bpf.c sees
 * both), then whoever accepted. Only hooks in process context may ask who is
 * current; state changes run in softirq, on behalf of a bystander.
 */
#include "life.h"

/* The arguments differ between kernels: the new socket comes by the helper. */
SEC("fexit/inet_csk_accept")
int HOOK(accepted, struct sock *listener)
{
	struct tcpscope_life *life;
	__u64 address = 0, cookie;
	struct sock *sk;

	if (bpf_get_func_ret(ctx, &address) || !address)
		return 0;
	sk = (struct sock *)address;
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	life = life_find(cookie);
	if (!life)
		return 0;
	life->flags |= TCPSCOPE_FLAG_ACCEPTED;
	life->place = address;
	owner_is_current(&life->owner);
	still_alive(life, cookie);
	return 0;
}
