// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/json_object.h"
#include "lib/strbuf.h"
#include "source/losses.h"

static bool opened;
static int error;

bool history_open(void)
{
	error = source_bpf_open();

	if (error == -EPROTO)
		fail("the attached recorder is of another release, its memory is left out: tcpscope attach --replace");
	opened = !error;
	return opened;
}

void history_close(void)
{
	source_bpf_close();
	opened = false;
}

const char *history_trouble(void)
{
	switch (error) {
	case -EPERM:
		return "only root can ask the recorder: run it with sudo";
	case -EPROTO:
		return "the attached recorder's memory can't be read by this release";
	default:
		return "no recorder is attached, so nothing is remembered: tcpscope attach";
	}
}

void history_tell(const struct source_losses *losses)
{
	struct strbuf text = { 0 };

	for (unsigned int i = 0; losses && i < TCPSCOPE_LOSS_MAX; i++) {
		if (!losses->count[i])
			continue;
		strbuf_string(&text, text.len ? ", " : "the recorder lost: ");
		strbuf_string(&text, tcpscope_loss_name(i));
		strbuf_char(&text, ' ');
		strbuf_u64(&text, losses->count[i]);
	}
	if (text.len)
		fail("%.*s", (int)text.len, text.data);
	strbuf_free(&text);
}

void history_tell_hidden(void)
{
	if (source_bpf_hidden())
		fail("%" PRIu64 " connections the recorder follows are left out, for their socket is gone: "
		     "it ends them within a minute or two", source_bpf_hidden());
}

const struct source_losses *history_losses(struct source_losses *losses)
{
	return opened && !source_bpf_losses(losses) ? losses : NULL;
}

struct json_object *history_json(const struct source_losses *losses)
{
	struct json_object *object = losses ? json_object_new_object() : NULL;

	for (unsigned int i = 0; losses && i < TCPSCOPE_LOSS_MAX; i++)
		json_add_number(object, tcpscope_loss_name(i), losses->count[i]);
	return object;
}
