// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "source/losses.h"

void losses_tell(const struct source_losses *losses)
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

void hidden_tell(const struct source *recorder)
{
	if (recorder && recorder->hidden)
		fail("%" PRIu64 " connections the recorder follows are left out, for their socket is gone: "
		     "it ends them within a minute or two", recorder->hidden);
}

void json_losses(struct json *json, const struct source_losses *losses)
{
	if (!losses) {
		json_null(json, "losses");
		return;
	}
	json_object(json, "losses");
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		json_u64(json, tcpscope_loss_name(i), losses->count[i]);
	json_end_object(json);
}
