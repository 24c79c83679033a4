#!/bin/bash
# What a filter says of family, ports and states is judged in the kernel: a flood nobody asked for takes none
# of a small ring. What was left in the ring by a trace before is not shown, and a second reader is refused.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

flood() { tcp listen 127.0.0.1:7410 serve 300 & listening 7410; tcp cycle 300 127.0.0.1:7410; wait $!; }
one() { tcp listen "$1:7400" serve 1 & listening 7400; tcp cycle 1 "$1:7400"; wait $!; }

# traced NAME FILTER…: traces the flood, and one more connection of each family, with a ring of 4 KiB.
traced() {
	local name=$1
	shift
	tcpscope trace --json "$@" >"$work/$name" &
	local trace=$!
	sleep 2
	flood
	one 127.0.0.1
	one '[::1]'
	sleep 0.2
	stop_trace
	lost=$(tail -1 "$work/$name" | jq .ring_full)
}

tcpscope attach --ring-bytes 4096 || no "attach failed"
traced all
[ "$lost" -gt 0 ] || no "4 KiB held all of the flood, so this shows nothing"
traced port 'sport = :7400 or dport = :7400'
[ "$lost" = 0 ] || no "by port: $lost lost"
[ "$(jq -r 'select(.event == "state" and .to == "established") | .role + " " + .family' "$work/port" | sort | paste -sd,)" = \
	"active ipv4,active ipv6,passive ipv4,passive ipv6" ] || no "by port: $(cat "$work/port")"
traced family -6
[ "$lost" = 0 ] || no "-6: $lost lost"
[ "$(jq -r 'select(.event == "state" and .to == "established") | .role + " " + .family' "$work/family" | sort | paste -sd,)" = \
	"active ipv6,passive ipv6" ] || no "-6: $(cat "$work/family")"
traced state 'state listening'
[ "$lost" = 0 ] || no "by state: $lost lost"
[ "$(jq -r 'select(.event == "state").to' "$work/state" | sort | uniq -c | tr -s ' ')" = ' 3 listen' ] ||
	no "by state: $(cat "$work/state")"
tcpscope detach || no "detach failed"

# A trace that was killed leaves events behind, and the ring goes on being filled for a moment.
tcpscope attach || no "attach failed"
tcpscope trace --json >"$work/killed" &
trace=$!
sleep 2
tcpscope trace -d 0.1 2>"$work/err" && no "a second trace was not refused"
[ "$(cat "$work/err")" = "tcpscope: another trace reads the attached recorder: stop it first" ] || no "$(cat "$work/err")"
kill -STOP $trace
one 127.0.0.1
kill -9 $trace
sleep 3
tcpscope trace --json -d 0.5 'sport = :7400 or dport = :7400' >"$work/stale" || no "trace failed"
[ "$(wc -l <"$work/stale")" = 1 ] || no "what is shown is older than the trace: $(head -1 "$work/stale")"
tcpscope detach || no "detach failed"

# Of several that begin at once one reads.
tcpscope attach || no "attach failed"
for n in {1..6}; do tcpscope trace --json >"$work/at-once-$n" 2>&1 & done
sleep 5
[ "$(pgrep -xc tcpscope)" = 1 ] || no "$(pgrep -xc tcpscope) traces read one recorder: $(cat "$work"/at-once-*)"
one 127.0.0.1
pkill -INT -x tcpscope
until_true eval '! pgrep -x tcpscope'
[ "$(cat "$work"/at-once-* | grep -c 'another trace reads')" = 5 ] || no "at once: $(cat "$work"/at-once-*)"
[ "$(cat "$work"/at-once-* | grep -c '"event":"end"')" -ge 2 ] || no "the one of them saw nothing"
tcpscope detach || no "detach failed"

# By itself, with a ring as asked for.
tcpscope trace -d 1 --ring-bytes 5000 2>"$work/err" && no "5000 is no power of two"
[ "$(wc -l <"$work/err")" = 1 ] || no "not one line: $(cat "$work/err")"
start_trace "$work/own" --ring-bytes 4096
flood
stop_trace
[ "$(tail -1 "$work/own" | jq .ring_full)" -gt 0 ] || no "its own ring is not of 4096 bytes"
sleep 65 # no TIME-WAIT is left to the next case
