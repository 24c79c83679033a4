/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites do with a record.
 */
#ifndef TCPSCOPE_TESTS_RECORD_H
#define TCPSCOPE_TESTS_RECORD_H

#include <kunit/test.h>
#include <net/sock.h>

#include <tcpscope/abi.h>

#include "../conn.h"
#include "../timers.h"

/* The record, as of now, of a socket that the caller keeps alive. */
const struct tcpscope_conn *record_of(struct kunit *test, struct sock *sk);

/* The armed timer of this kind, or NULL. */
const struct tcpscope_timer *record_timer(const struct tcpscope_conn *rec,
					  enum tcpscope_timer_kind kind);

/* Expects what is true of every record: what is unknown or unused is zero. */
void record_expect_sound(struct kunit *test, const struct tcpscope_conn *rec);

#endif /* TCPSCOPE_TESTS_RECORD_H */
