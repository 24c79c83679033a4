// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the lab machine: mounts what a test expects, runs one script, hands its output and its status
 * to the host, and switches the machine off.
 *
 * Three virtio-serial ports lead to the host: the script's stdout, its stderr, and status lines. The
 * script itself writes to pipes, because a port can be opened only once, and scripts like to open
 * /dev/stderr again; this program carries the bytes from the pipes to the ports.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_ARGS 256
#define MAX_LINE 4096

enum stream { OUT, ERR, NR_STREAMS };

static const char *const stream_ports[NR_STREAMS] = { "stdout", "stderr" };

/* Not /tmp and /run: the root is memory anyway, and files may have been put there. */
static const struct {
	const char *type, *dir, *options;
} mounts[] = {
	{ "proc", "/proc", NULL },
	{ "sysfs", "/sys", NULL },
	{ "devtmpfs", "/dev", "mode=755" },
	{ "devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "debugfs", "/sys/kernel/debug", NULL },
	{ "tracefs", "/sys/kernel/tracing", NULL },
	{ "bpf", "/sys/fs/bpf", "mode=700" },
	{ "cgroup2", "/sys/fs/cgroup", NULL },
};

static void switch_off(void)
{
	/* The host starts qemu with -no-reboot; a restart is the shortest way out. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Ends the machine without a status, which the host takes for a failed boot. */
__attribute__((format(printf, 1, 2), noreturn))
static void give_up(const char *format, ...)
{
	va_list args;

	fputs("init: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	switch_off();
	_exit(1);
}

/* A small kernel has not all of them, and then no directory for them in /sys either. */
static void mount_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].dir, 0755);
		if (mount(mounts[i].type, mounts[i].dir, mounts[i].type, 0, mounts[i].options) &&
		    errno != ENODEV && errno != ENOENT)
			give_up("mount %s on %s", mounts[i].type, mounts[i].dir);
	}
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	mkdir("/run/netns", 0755);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up("open %s", path);
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		give_up("load %s", path);
	close(fd);
}

/* The modules to load at once, in the order in which they depend on each other. */
static void load_modules(void)
{
	char line[MAX_LINE];
	FILE *list = fopen("/etc/boot-modules", "re");

	if (!list)
		give_up("open /etc/boot-modules");
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line);
	}
	fclose(list);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		give_up("set lo up");
	close(fd);
}

/* Reads a one-line file of sysfs; false when it is not there. */
static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool found = file && fgets(line, size, file);

	if (file)
		fclose(file);
	if (found)
		line[strcspn(line, "\n")] = '\0';
	return found;
}

/* Finds the port with this name (the host names them) and opens it; -1 while there is none. */
static int find_port(const char *name)
{
	static const char class[] = "/sys/class/virtio-ports";
	char path[PATH_MAX], found[MAX_LINE];
	struct dirent *entry;
	DIR *dir = opendir(class);
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/name", class, entry->d_name);
		if (!read_line(path, found, sizeof(found)) || strcmp(found, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* Ports appear some time after their driver has been loaded. */
static int open_port(const char *name)
{
	for (int tries = 0; tries < 1000; tries++) {
		int fd = find_port(name);

		if (fd >= 0)
			return fd;
		usleep(1000);
	}
	give_up("find the port '%s'", name);
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			give_up("write to the host");
		data += written;
		size -= written;
	}
}

/* Carries what is in the pipe to the host; false at its end, or when nothing is there now. */
static bool carry(int from, int to)
{
	static char buffer[1 << 16];
	ssize_t size = read(from, buffer, sizeof(buffer));

	if (size <= 0)
		return size < 0 && errno == EINTR;
	write_all(to, buffer, size);
	return true;
}

/* The command line, each word ended by a NUL, the way /proc/PID/cmdline has it. */
static char **read_command(void)
{
	static char text[1 << 16], *words[MAX_ARGS + 1];
	FILE *file = fopen("/etc/command", "re");
	size_t size, count = 0;

	if (!file)
		give_up("open /etc/command");
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	for (char *at = text; at < text + size && count < MAX_ARGS; at += strlen(at) + 1)
		words[count++] = at;
	return words;
}

__attribute__((noreturn))
static void run_command(char **command, const int pipes[NR_STREAMS][2])
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, STDIN_FILENO);
	dup2(pipes[OUT][1], STDOUT_FILENO);
	dup2(pipes[ERR][1], STDERR_FILENO);
	setsid();
	if (chdir("/root"))
		_exit(126);
	execve(command[0], command, environ);
	dprintf(STDERR_FILENO, "%s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start(char **command, int pipes[NR_STREAMS][2])
{
	pid_t pid;

	for (int i = 0; i < NR_STREAMS; i++)
		if (pipe2(pipes[i], O_CLOEXEC))
			give_up("make a pipe");
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid)
		run_command(command, pipes);
	for (int i = 0; i < NR_STREAMS; i++) {
		close(pipes[i][1]);
		fcntl(pipes[i][0], F_SETFL, O_NONBLOCK);
	}
	return pid;
}

/* Buries every dead child; true when the given one was among them. */
static bool reap(pid_t wanted, int *wanted_status)
{
	bool found = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != wanted)
			continue;
		*wanted_status = status;
		found = true;
	}
	return found;
}

static void on_child(int signal)
{
	(void)signal;
}

/* Carries output until the script ends, then what is left of it; returns its wait status. */
static int attend(pid_t pid, int pipes[NR_STREAMS][2], const int ports[NR_STREAMS], const sigset_t *waking)
{
	struct pollfd polls[NR_STREAMS];
	int status = 0;

	for (int i = 0; i < NR_STREAMS; i++)
		polls[i] = (struct pollfd){ .fd = pipes[i][0], .events = POLLIN };
	while (!reap(pid, &status)) {
		if (ppoll(polls, NR_STREAMS, NULL, waking) <= 0)
			continue;
		for (int i = 0; i < NR_STREAMS; i++)
			if (polls[i].revents && !carry(polls[i].fd, ports[i]) && errno != EAGAIN)
				polls[i].fd = -1;
	}
	for (int i = 0; i < NR_STREAMS; i++)
		while (carry(pipes[i][0], ports[i]))
			;
	return status;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void set_environment(void)
{
	/* Enough for a storm of connections without a word about it in every script. */
	const struct rlimit files = { .rlim_cur = 1 << 16, .rlim_max = 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &files);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("TERM", "dumb", 1);
	setenv("LANG", "C.UTF-8", 1);
	umask(022);
	sethostname("lab", 3);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_child };
	int pipes[NR_STREAMS][2], ports[NR_STREAMS], report, status;
	sigset_t blocked, waking;
	char line[32];
	pid_t pid;

	mount_all();
	set_environment();
	load_modules();
	loopback_up();
	for (int i = 0; i < NR_STREAMS; i++)
		ports[i] = open_port(stream_ports[i]);
	report = open_port("status");

	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	write_all(report, "begun\n", 6);
	pid = start(read_command(), pipes);
	sigprocmask(SIG_BLOCK, &blocked, &waking);
	status = attend(pid, pipes, ports, &waking);
	write_all(report, line, sprintf(line, "exit %d\n", exit_code(status)));
	switch_off();
}
