/* SPDX-License-Identifier: GPL-2.0 */
/* Why the kernel sent a reset, as the running kernel names it. */
#ifndef SOURCE_RESET_REASON_H
#define SOURCE_RESET_REASON_H

/*
 * The name of a number of enum sk_rst_reason, "tcp_timeout_abort"; NULL if the
 * running kernel has none for it. Numbers differ between kernels.
 */
const char *reset_reason_name(unsigned int reason);

#endif
