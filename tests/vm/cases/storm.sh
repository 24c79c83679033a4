#!/bin/bash
# real-time: 20 s of the storm of tests/storm, in the kernel's own preemption mode, and 75 s later the same judges.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

limit=0.1
[[ $(uname -r) != 7.* ]] || limit=1
bash /root/storm/guest default 20 $limit >"$work/said" 2>&1 || no "$(<"$work/said")"
tail -1 "$work/said"
