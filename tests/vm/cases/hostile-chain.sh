#!/bin/bash
# alone: a user's namespace whose table has one bucket: it blinds nobody, no lock is held for long, each socket is shown once.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash
# shellcheck source-path=SCRIPTDIR source=hostile.bash
. /root/cases/hostile.bash

pairs=2000 syns=1000 timewaits=1000
[ -z "${FULL-}" ] || syns=70000

# Others have connections too.
crowd pairs 500 127.0.0.1:6100 >"$work/others" &
in_one_bucket "
	sysctl -qw net.ipv4.tcp_syn_retries=20
	crowd pairs $pairs 127.0.0.1:6000 && exit & sleep 1; crowd syns $syns 192.0.2.1:6002 &
	until [ \$(grep -c ready $work/said) = 2 ]; do sleep 1; done
	crowd timewaits $timewaits 127.0.0.1:6001 & tcp listen 127.0.0.1:6003 serve 1000000 &
	until [ -e $work/churn ]; do sleep 0.1; done
	tcp cycle 100000 127.0.0.1:6003" >"$work/said" 2>"$work/errors" &
chmod 711 "$work"
until_true eval 'sleep 10; is_ready 3' || no "no such sockets: $(<"$work/errors")"
until_true grep -q ready "$work/others"

fresh_longest
has_all "$connections" 1 6001 $timewaits+
has_all "$connections" 1 6002 $syns
has_all "$connections" 1 6000 $((2 * pairs))
has_all "$connections" 1 6100 1000
tcpscope ls -H -n state established 'sport = :6000' | wc -l | grep -qx "$pairs" || no 'ls does not show the accepted ones'
bounded_hold 'a chain'
touch "$work/churn"
sleep 1
has_all "$connections" 5 6000 $((2 * pairs))
has_all "$connections" 1 6100 1000
bounded_hold 'a chain that changes'
