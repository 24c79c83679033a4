// SPDX-License-Identifier: GPL-2.0
/* How often this end did the same again. */
#include "explain/rules.h"

unsigned int exchange_fins_again(const struct exchange *s)
{
	unsigned int n = 0;

	for (size_t i = 0; i < s->self.n_told; i++)
		n += s->self.told[i].event.kind == TCPSCOPE_EVENT_RETRANSMIT &&
		     (s->self.told[i].with_fin ||
		      s->self.told[i].event.detail == TCPSCOPE_RETRANSMIT_FIN);
	return n > again(s, TCPSCOPE_RETRANSMIT_FIN) ? n : again(s, TCPSCOPE_RETRANSMIT_FIN);
}

/* A loss probe may have carried a FIN and nothing else: those that are forgotten do not count. */
unsigned int exchange_data_again(const struct exchange *s)
{
	unsigned int n = again(s, TCPSCOPE_RETRANSMIT_RTO) + again(s, TCPSCOPE_RETRANSMIT_FAST);

	for (size_t i = 0; i < s->self.n_told; i++)
		n += s->self.told[i].event.kind == TCPSCOPE_EVENT_RETRANSMIT &&
		     s->self.told[i].event.detail == TCPSCOPE_RETRANSMIT_TLP && !s->self.told[i].with_fin;
	return n;
}

/* How often TIME-WAIT was restarted by a FIN, or by anything else. */
unsigned int exchange_restarts(const struct exchange *s, bool by_fin)
{
	unsigned int n = 0;

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		n += e->kind == TCPSCOPE_EVENT_TIMEWAIT_RESTART &&
		     (e->detail == TCPSCOPE_SEGMENT_FIN) == by_fin;
	}
	return n;
}
