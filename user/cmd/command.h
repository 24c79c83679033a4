/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands: cmd_NAME.c reads the command line, lets a folder below do the
 * work, prints, and returns the exit status. A new one is such a file, a line here
 * and a row of the table in main.c; --help and completion follow from that.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

/* A subcommand. Dispatch, --help and completion come from the table of these. */
struct command {
	const char *name;
	/* Itself, and the words from its name on. Returns an exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
	const char *summary;
	const char *synopsis; /* its arguments */
	const struct command *others; /* that it offers, up to one without a name; NULL: none */
};

int cmd_overview(const struct command *command, int argc, char **argv);
int cmd_status(const struct command *command, int argc, char **argv);
int cmd_attach(const struct command *command, int argc, char **argv);
int cmd_detach(const struct command *command, int argc, char **argv);
int cmd_ls(const struct command *command, int argc, char **argv);
int cmd_trace(const struct command *command, int argc, char **argv);
int cmd_explain(const struct command *command, int argc, char **argv);
int cmd_timewait(const struct command *command, int argc, char **argv);
int cmd_doctor(const struct command *command, int argc, char **argv);

#endif
