#!/bin/bash
# real-time: a namespace whose table has one bucket, which changes all the time on two processors: 60 snapshots, who stays is in each once, in whatever shape.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash
# shellcheck source-path=SCRIPTDIR source=hostile.bash
. /root/cases/hostile.bash

in_one_bucket "
	crowd pairs 500 127.0.0.1:6206 & tcp listen 127.0.0.1:6203 serve 1000000 2>/dev/null &
	until grep -q ready $work/said; do sleep 1; done
	crowd fading 3000 127.0.0.1:6205 &
	tcp cycle 1000000 127.0.0.1:6203 2>/dev/null & tcp listen 127.0.0.1:6204 answer 1000000 2>/dev/null &
	sleep 0.5; tcp ask 1000000 127.0.0.1:6204" >"$work/said" 2>"$work/errors" &
chmod 711 "$work"
until_true eval 'sleep 0.5; is_ready 2' || no "no such sockets: $(<"$work/errors")"
# Each of these becomes a minisocket meanwhile, at another place of the chain, and stays for a minute.
has_all "$connections" 40 6205 6000
has_all "$connections" 20 6206 1000
