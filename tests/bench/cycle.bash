# connect, accept, one byte there and back, close: alone, with the recorder, with a reader of its events.
# shellcheck shell=bash

CYCLES=2000

# Time is taken of the client alone: all else is done before and after, or belongs to it.
cycle_ns() {
	local best='' server begin us
	for _ in 1 2 3; do
		sleep 65 # until the TIME-WAITs of the last round are gone
		tcp listen 127.0.0.1:7500 serve $CYCLES &
		server=$!
		until ss -tlnH sport = :7500 | grep -q .; do sleep 0.1; done
		begin=${EPOCHREALTIME/./}
		tcp cycle $CYCLES 127.0.0.1:7500
		us=$((${EPOCHREALTIME/./} - begin))
		wait $server
		[ -n "$best" ] && [ "$best" -le $us ] || best=$us
	done
	ns=$((best * 1000 / CYCLES))
}

show() { printf '%-34s %7d ns a cycle  %+6.1f %%\n' "$1" "$2" "$(calc 1 "($2 - $alone) * 100 / $alone")"; }

cycle_ns
alone=$ns
show 'alone' "$alone"
tcpscope attach || exit
cycle_ns
attached=$ns
show 'recorder attached, no reader' "$attached"
tcpscope trace --json >/tmp/trace.json &
trace=$!
cycle_ns
traced=$ns
show 'trace --json to a file' "$traced"
kill -INT $trace
wait $trace
echo "the trace has $(wc -l </tmp/trace.json) lines, of $((3 * CYCLES)) cycles; $(tail -1 /tmp/trace.json)"
rm /tmp/trace.json
tcpscope detach
goal 'recorder attached, percent more' "$(calc 1 "($attached - $alone) * 100 / $alone")" 10
goal 'with trace --json, percent more' "$(calc 1 "($traced - $alone) * 100 / $alone")" 20
