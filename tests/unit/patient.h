/* SPDX-License-Identifier: GPL-2.0 */
/* A host made by hand for the doctor's checks: connections, what has ended, counters; and what is found. */
#ifndef PATIENT_H
#define PATIENT_H

#include "doctor/doctor_run.h"

#define SEC 1000000000ull
#define NOW (100000 * SEC)

extern struct doctor_run run;
extern struct source_losses losses;
extern struct finding finding; /* of the check looked at last */

/* Around every test. */
int patient_setup(void **state);
int patient_teardown(void **state);

/* 10.0.0.1:40001 and up > 10.0.0.2:80 in that state. */
struct tcpscope_conn conn_of(uint8_t state);

/* It exists, in its state since so many seconds, by process nginx/PID. */
void take(const struct tcpscope_conn *conn, uint64_t since_sec, uint32_t pid);

/* It exists, and the recorder has never heard of it. */
void take_unknown(const struct tcpscope_conn *conn);

/* A connection to 10.0.0.2:80 ended for that reason (enum tcpscope_reason). */
void end(uint8_t reason, uint64_t ago_sec, uint32_t pid);

/* A counter grew between the samples. */
void counted(enum netns_counter counter, int64_t grown);

/* Runs a check, and fails the test unless it comes to that level. */
enum level level_of(const char *name);
void is_level(const char *name, enum level level);

/* The same, and unless no other check finds anything. */
void only(const char *name, enum level level);

/* Fails unless the evidence has that text. */
void says(const char *text);

#endif
