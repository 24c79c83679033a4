// SPDX-License-Identifier: GPL-2.0
/* usage: timewaits N ADDR PORT: leaves N TIME-WAIT sockets behind, both ends being this process. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Over loopback, the handshake is done when connect() returns, and each FIN when close() does. */
static void one(int listener, const struct sockaddr_in *to)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	if (client < 0 || connect(client, (const void *)to, sizeof(*to)))
		die("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	close(client);
	close(server);
}

int main(int argc, char **argv)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), n, yes = 1;
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (argc != 4 || !inet_pton(AF_INET, argv[2], &to.sin_addr))
		return 2;
	to.sin_port = htons(atoi(argv[3]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (void *)&to, sizeof(to)) || listen(listener, 16))
		die("listen");
	for (n = atoi(argv[1]); n > 0; n--)
		one(listener, &to);
	return 0;
}
