# What the recorder costs a load, beside none and with a reader of its events; sourced by the benches that have one.
# shellcheck shell=bash disable=SC2154 # ns, n: loads.bash
. /root/bench/loads.bash

# The least of three rounds, each of which finds no TIME-WAIT of the one before.
least_ns() {
	local best=''
	for _ in 1 2 3; do
		sleep 65
		"load_$1"
		[ -n "$best" ] && [ "$best" -le "$ns" ] || best=$ns
	done
	ns=$best
}

percent_more() { calc 1 "($1 - $alone) * 100 / $alone"; }
show() { printf '%-34s %7d ns a cycle  %+6.1f %%\n' "$1" "$2" "$(percent_more "$2")"; }

# recorder_cost LOAD: the figures and the goals.
recorder_cost() {
	local alone attached traced trace
	least_ns "$1"
	alone=$ns
	show 'alone' "$alone"
	tcpscope attach || exit
	least_ns "$1"
	attached=$ns
	show 'recorder attached, no reader' "$attached"
	tcpscope trace --json >/tmp/trace.json &
	trace=$!
	least_ns "$1"
	traced=$ns
	show 'trace --json to a file' "$traced"
	kill -INT $trace
	wait $trace
	echo "the trace has $(wc -l </tmp/trace.json) lines, of $((3 * n)) cycles; $(tail -1 /tmp/trace.json)"
	rm /tmp/trace.json
	tcpscope detach
	goal "$1: recorder attached, percent more" "$(percent_more "$attached")" 8
	goal "$1: with trace --json, percent more" "$(percent_more "$traced")" 18
}
