/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the steps of tcp share. Each of these ends the program when it fails.
 */
#ifndef TCP_H
#define TCP_H

#include <sys/socket.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Says what errno means, and that this step failed. */
void die(const char *step);
/* Reads ADDR:PORT or [ADDR]:PORT; gives the size of the address. */
socklen_t parse(const char *word, struct sockaddr_storage *to);
/* The socket of the slot chosen last. */
int now(void);
/* Accepts from the last listener; may give -1. */
int accept_one(void);

/* Steps, with their arguments. */
void do_send(char **arg);
void do_fill(char **arg);
void do_recv(char **arg);
void do_eof(char **arg);
void do_serve(char **arg);
void do_cycle(char **arg);
void do_answer(char **arg);
void do_ask(char **arg);

#endif /* TCP_H */
