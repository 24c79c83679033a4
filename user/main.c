// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "lib/error.h"

/* clang-format off */
static const struct command commands[] = {
	{ "status", cmd_status, "what works on this host and what does not, and why", "[OPTION...]", NULL },
	{ "attach", cmd_attach, "start the recorder; it stays when the command ends", "[OPTION...]", NULL },
	{ "detach", cmd_detach, "stop the recorder and forget what it recorded", "", NULL },
	{ "ls",     cmd_ls,     "list the connections, every timer, and who owns them", "[OPTION...] [FILTER]", NULL },
	{ "explain", cmd_explain, "tell what happened to a connection, what was lost, and what happens next", "[OPTION...] [COOKIE|FILTER]", NULL },
	{ "trace",  cmd_trace,  "print what happens to connections as it happens", "[OPTION...] [FILTER]", NULL },
	{ "doctor", cmd_doctor, "what is wrong with this host's connections, whose it is, and what helps", "[OPTION...]", NULL },
	{ "timewait", cmd_timewait, "who makes the TIME-WAITs, where they lead, and what to do", "[OPTION...] [FILTER]", NULL },
	{ 0 },
};

/* `tcpscope` alone; it has no name of its own, and offers the others. */
static const struct command overview = {
	"", cmd_overview, "connections by state, timers by kind, and what stands out", "[OPTION...] [COMMAND ...]", commands,
};
/* clang-format on */

static const struct command *find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

/* What is opened later must not become standard output because nobody gave us one. */
static void fill_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct command *command = &overview;

	fill_standard_files();
	/* A reader that goes away is an error of write(), which ends us in order. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && *argv[1] != '-') {
		command = find(argv[1]);
		if (!command)
			return misuse(
				"there is no command '%s': see tcpscope --help",
				argv[1]);
		argc--;
		argv++;
	}
	return command->run(command, argc, argv);
}
