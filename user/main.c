// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tcpscope.h"

/* clang-format off */
static const struct command commands[] = {
	{ "status", cmd_status, "what works on this host and what does not, and why", "[OPTION...]" },
	{ "attach", cmd_attach, "start the recorder; it stays when the command ends", "[OPTION...]" },
	{ "detach", cmd_detach, "stop the recorder and forget what it recorded", "" },
	{ "ls",     cmd_ls,     "list the connections, every timer, and who owns them", "[OPTION...] [FILTER]" },
	{ "explain", cmd_explain, "tell what happened to a connection, what was lost, and what happens next", "[OPTION...] [COOKIE|FILTER]" },
	{ "trace",  cmd_trace,  "print what happens to connections as it happens", "[OPTION...] [FILTER]" },
	{ "doctor", cmd_doctor, "what is wrong with this host's connections, whose it is, and what helps", "[OPTION...]" },
	{ "timewait", cmd_timewait, "who makes the TIME-WAITs, where they lead, and what to do", "[OPTION...] [FILTER]" },
};

const struct command overview = {
	"", cmd_overview, "connections by state, timers by kind, and what stands out", "[OPTION...] [COMMAND ...]",
};
/* clang-format on */

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

void commands_help(void)
{
	printf("\ncommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-8s %-27s %s\n", commands[i].name,
		       commands[i].synopsis, commands[i].summary);
	printf("\nEach has its own --help; tcpscope(8) has it all.\n");
}

void commands_list(void)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("%s\n", commands[i].name);
}

int main(int argc, char **argv)
{
	const struct command *command = &overview;

	/* A reader that goes away is an error of write(), which ends us in order. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && *argv[1] != '-') {
		command = command_find(argv[1]);
		if (!command)
			return misuse(
				"there is no command '%s': see tcpscope --help",
				argv[1]);
		argc--;
		argv++;
	}
	return command->run(argc, argv);
}
