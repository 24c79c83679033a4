// SPDX-License-Identifier: GPL-2.0
/*
 * Lives by their cookies, many a system call: a list of connections costs too much
 * if each asks for its own. The iterator goes through an array of the reader's,
 * which nobody else has: an element holds some questions, and then their answers.
 */
#include "life.h"

#define WORD(at, i) (*(__u64 *)((at) + (i) * sizeof(__u64)))

/* Answers one: its cookie is in place. Of one that has no life, or whose life ends meanwhile, alive is 0. */
static __always_inline void answer(void *to)
{
	__u64 cookie = WORD(to, 0), *alive = &WORD(to, 1);
	struct tcpscope_life *life;

	*alive = 0;
	if (!cookie)
		return;
	life = bpf_map_lookup_elem(&lives, &cookie);
	if (!life)
		return;
#pragma unroll
	for (unsigned int i = 2; i < TCPSCOPE_LIFE_HEAD / sizeof(__u64); i++)
		WORD(to, i) = WORD((void *)life, i);
	/* only now: its memory may have become another's */
	barrier();
	*alive = *(volatile __u64 *)&life->alive == cookie ? cookie : 0;
}

/* Each element; what is not asked has the cookie 0. */
SEC("iter/bpf_map_elem")
int join_lives(struct bpf_iter__bpf_map_elem *ctx)
{
	void *questions = ctx->value;

	if (!questions)
		return 0;
#pragma unroll
	for (unsigned int i = 0; i < TCPSCOPE_JOIN_GROUP; i++)
		answer(questions + i * TCPSCOPE_JOIN_STRIDE);
	return 0;
}
