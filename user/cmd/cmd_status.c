// SPDX-License-Identifier: GPL-2.0
/* status: what works on this host and what does not, and why. It never fails for what it finds. */
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cmd/options.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "lib/table.h"
#include "source/losses.h"
#include "source/recorder.h"
#include "source/sources.h"
#include "view/recorder_stats.h"

struct status {
	struct options options;
	struct sources sources;
	struct table *checks, *hooks; /* for people, or */
	struct strbuf check_text, hook_text;
	struct json json_checks, json_hooks; /* for programs */
	unsigned int n_hooks, n_present, n_at_work;
};

enum answer { NO, YES, UNKNOWN };

/* Something that is so or isn't, and a word on it. */
static void check(struct status *status, const char *name, enum answer good,
		  const char *detail)
{
	static const char *const words[] = { "no", "yes", "?" };
	struct json *json = &status->json_checks;

	if (!status->options.json) {
		table_add(status->checks, name, words[good], detail);
		return;
	}
	json_object(json, NULL);
	json_string(json, "name", name);
	if (good == UNKNOWN)
		json_null(json, "ok");
	else
		json_bool(json, "ok", good == YES);
	json_string(json, "detail", detail);
	json_end_object(json);
}

/* The first line of a file, in line[]; NULL if it can't be read. */
static const char *first_line(const char *path, char *line, size_t len)
{
	FILE *file = fopen(path, "re");
	const char *got = file ? fgets(line, len, file) : NULL;

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

static bool is_mounted(const char *path, unsigned long magic)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == magic;
}

static void check_module(struct status *status)
{
	bool loaded = !access("/sys/module/tcpscope", F_OK);
	enum source_trouble trouble = source_probe(status->sources.module);
	const char *version = NULL;
	char line[64], detail[128];

	if (loaded)
		version = first_line("/sys/module/tcpscope/version", line,
				     sizeof(line));
	snprintf(detail, sizeof(detail), "version %s",
		 version ? version : "unknown");
	check(status, "module loaded", loaded,
	      loaded ? detail : source_trouble_text(SOURCE_NO_MODULE));
	check(status, "connections readable", !trouble,
	      trouble ? source_trouble_text(trouble) : NULL);
}

/* The file lists the modes and brackets the one in force: "none [integrity] confidentiality". */
static void check_lockdown(struct status *status)
{
	char line[128], *mode = NULL;

	if (first_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		mode = strchr(line, '[');
	if (!mode) {
		check(status, "not locked down", UNKNOWN,
		      "this kernel has no lockdown, or securityfs is not mounted");
		return;
	}
	*strchrnul(++mode, ']') = '\0';
	check(status, "not locked down", !strcmp(mode, "none"), mode);
}

static void check_host(struct status *status)
{
	struct utsname host;

	uname(&host);
	check(status, "root", !geteuid(),
	      geteuid() ? "most of this needs it: run it with sudo" : NULL);
	check(status, "kernel BTF", !access("/sys/kernel/btf/vmlinux", R_OK),
	      host.release);
	check_lockdown(status);
	check(status, "debugfs mounted",
	      is_mounted("/sys/kernel/debug", DEBUGFS_MAGIC),
	      is_mounted("/sys/kernel/debug", DEBUGFS_MAGIC) ?
		      NULL :
		      source_trouble_text(SOURCE_NO_DEBUGFS));
	check(status, "bpf filesystem mounted",
	      is_mounted("/sys/fs/bpf", BPF_FS_MAGIC),
	      is_mounted("/sys/fs/bpf", BPF_FS_MAGIC) ?
		      NULL :
		      "mount -t bpf none /sys/fs/bpf");
}

/* "for 3h20min"; in to[]. */
static const char *attached_for(struct source *recorder, char to[static 64])
{
	struct strbuf text = {};
	uint64_t attached_ns;

	if (source_attached(recorder, &attached_ns))
		return NULL;
	strbuf_string(&text, "for ");
	strbuf_span(&text, now_ns() - attached_ns);
	snprintf(to, 64, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
	return to;
}

static const char *recorder_word(struct source *recorder, int error, char to[static 64])
{
	switch (error) {
	case 0:
		return attached_for(recorder, to);
	case -ENOENT:
		return "start it with tcpscope attach";
	case -EPERM:
	case -EACCES:
		return "only root can tell: run it with sudo";
	case -ENODEV:
		return "it needs a bpf filesystem";
	case -EXDEV:
	case -ENOTUNIQ:
		return "its place is not root's alone: tcpscope attach says whose";
	default:
		return strerror(-error);
	}
}

/* Why it is not at work and what that costs, or how it attaches and where. */
static void add_hook(struct status *status, const struct recorder_hook *hook)
{
	char detail[512];

	snprintf(detail, sizeof(detail), hook->why ? "%s (%s): %s" : "%s", hook->section, hook->why,
		 hook->costs ? hook->costs : "what that costs is not known");
	table_add(status->hooks, hook->name, recorder_hook_state_name(hook->state), detail);
}

static void take_hook(const struct recorder_hook *hook, void *ctx)
{
	bool missing = hook->state == RECORDER_HOOK_MISSING, attached = hook->state == RECORDER_HOOK_ATTACHED;
	struct status *status = ctx;
	struct json *json = &status->json_hooks;

	status->n_hooks++;
	status->n_present += !missing;
	status->n_at_work += attached || hook->state == RECORDER_HOOK_READY;
	if (!status->options.json) {
		add_hook(status, hook);
		return;
	}
	json_object(json, NULL);
	json_string(json, "name", hook->name);
	json_string(json, "section", hook->section);
	json_string(json, "state", recorder_hook_state_name(hook->state));
	json_bool(json, "attached", attached);
	json_string(json, "missing", hook->why);
	json_string(json, "costs", hook->costs);
	json_end_object(json);
}

static void check_hooks(struct status *status, const char *name, unsigned int n)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "%u of %u", n, status->n_hooks);
	check(status, name, n == status->n_hooks, detail);
}

static void check_recorder(struct status *status)
{
	int pinned = recorder_pinned(), error;
	char detail[64];

	if (!pinned && recorder_stopped())
		check(status, "recorder attached", NO, "it was stopped halfway: tcpscope attach --replace");
	else
		check(status, "recorder attached", pinned == -EPERM ? UNKNOWN : !pinned,
		      recorder_word(status->sources.recorder, pinned, detail));
	error = recorder_each_hook(take_hook, status);
	if (error) {
		check(status, "hooks present", NO,
		      error == -ENOENT ? "the kernel has no BTF" : strerror(-error));
		return;
	}
	check_hooks(status, "hooks present", status->n_present);
	if (!pinned)
		check_hooks(status, "hooks at work", status->n_at_work);
}

static int print_json(struct status *status, const struct source_losses *losses)
{
	struct strbuf text = {};
	struct json json = { .to = &text };
	int error;

	json_end_array(&status->json_checks);
	json_end_array(&status->json_hooks);
	json_object(&json, NULL);
	json_string(&json, "version", TCPSCOPE_VERSION);
	json_raw(&json, "checks", &status->check_text);
	json_raw(&json, "hooks", &status->hook_text);
	if (losses)
		recorder_stats_json(status->sources.recorder, &json);
	else
		json_null(&json, "recorder");
	json_losses(&json, losses);
	json_end_object(&json);
	error = json_print(&json);
	strbuf_free(&text);
	strbuf_free(&status->check_text);
	strbuf_free(&status->hook_text);
	return error;
}

static int print_text(struct status *status,
		       const struct source_losses *losses)
{
	struct table *table =
		table_new(!status->options.no_header, "LOST", ">COUNT", NULL);
	char count[24];

	for (unsigned int i = 0; losses && i < TCPSCOPE_LOSS_MAX; i++) {
		snprintf(count, sizeof(count), "%" PRIu64, losses->count[i]);
		table_add(table, tcpscope_loss_name(i), count);
	}
	table_print(status->checks);
	printf("\n");
	table_print(status->hooks);
	if (losses)
		recorder_stats_print(status->sources.recorder, !status->options.no_header);
	printf(losses ? "\n" : "");
	table_print(table);
	return 0;
}

static void status_init(struct status *status)
{
	bool header = !status->options.no_header;

	if (status->options.json) {
		status->json_checks.to = &status->check_text;
		status->json_hooks.to = &status->hook_text;
		json_array(&status->json_checks, NULL);
		json_array(&status->json_hooks, NULL);
	} else {
		status->checks =
			table_new(header, "WHAT", "OK", "DETAIL", NULL);
		status->hooks =
			table_new(header, "HOOK", "STATE", "DETAIL", NULL);
	}
}

int cmd_status(const struct command *command, int argc, char **argv)
{
	struct status status = { 0 };
	const struct option_spec spec = { .command = command,
					  .common = "JH" };
	const struct source_losses *known;
	struct source_losses losses;
	int error = options_parse(&spec, argc, argv, &status.options);

	if (error != OPTIONS_GO_ON)
		return error;
	status_init(&status);
	sources_open(&status.sources);
	check_host(&status);
	check_module(&status);
	check_recorder(&status);
	known = sources_losses(&status.sources, &losses);
	error = (status.options.json ? print_json : print_text)(&status, known);
	sources_close(&status.sources);
	return output_end(error);
}
