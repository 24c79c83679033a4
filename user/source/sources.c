// SPDX-License-Identifier: GPL-2.0
#include "source/sources.h"

#include "lib/error.h"

void sources_open(struct sources *sources)
{
	*sources = (struct sources){
		.module = source_module_open(),
		.recorder = source_recorder_open(),
		.host = source_host_open(),
	};
	if (sources->recorder->trouble == SOURCE_RECORDER_OTHER)
		fail("the attached recorder is of another release, its memory is left out: tcpscope attach --replace");
}

void sources_close(struct sources *sources)
{
	source_close(sources->module);
	source_close(sources->recorder);
	source_close(sources->host);
	*sources = (struct sources){};
}

const struct source_losses *sources_losses(const struct sources *sources, struct source_losses *losses)
{
	return source_losses(sources->recorder, losses) ? NULL : losses;
}
