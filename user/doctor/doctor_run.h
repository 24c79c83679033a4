/* SPDX-License-Identifier: GPL-2.0 */
/* One run of all checks: two samples of the kernel's counters, and a snapshot between them. */
#ifndef DOCTOR_DOCTOR_RUN_H
#define DOCTOR_DOCTOR_RUN_H

#include "doctor/check_table.h"

void doctor_run_init(struct doctor_run *run);
void doctor_run_free(struct doctor_run *run);

/* Reads "CHECK.warning=N", "….critical=N" or "….age=SPAN" of --set. 0, or an exit status. */
int doctor_run_set(struct doctor_run *run, const char *word);

/* Takes both samples, and everything between; 0, or an exit status after a line on stderr. */
int doctor_run_measure(struct doctor_run *run);

#endif
