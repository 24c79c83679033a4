#!/bin/bash
# attach --replace keeps what was recorded, a running trace follows to the new recorder, and says so if there is none.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

said() { [ "$(wc -l <"$work/err")" = 1 ] && grep -q "$1" "$work/err" || no "$2: $(cat "$work/err")"; }
ended() { tcpscope ls --ended -nHo pport reason refused | tr -d ' ' | paste -sd' '; }
client() { tcpscope ls -J dport = :7800 | jq -c ".connections[0] | $1"; }
status_of() { tcpscope status -J | jq ".$1"; }

tcpscope attach --keep-ended 50 || no "attach failed"
tcp listen 127.0.0.1:7800 accept wait 10000 & listening 7800
tcp connect 127.0.0.1:7800 wait 10000 &
pid=$!
until_true eval '[ "$(client .state)" = "\"established\"" ]'
for port in {7811..7820}; do tcp connect 127.0.0.1:$port 2>/dev/null; done
before=$(ended)
[ "$(wc -w <<<"$before")" = 10 ] || no "of 10 refused are remembered: $before"
resets=$(status_of recorder.resets.received) born=$(client .born_ns)
sleep 3

# Nothing of it is lost, and a trace sees what happens before, meanwhile and after.
start_trace "$work/trace"
tcp connect 127.0.0.1:7821 2>/dev/null
tcpscope attach --replace 2>"$work/err" && [ ! -s "$work/err" ] || no "--replace said $(cat "$work/err")"
tcp connect 127.0.0.1:7822 2>/dev/null
[ "$(ended)" = "7822 7821 $before" ] || no "remembered after --replace: $(ended)"
[ "$(status_of recorder.resets.received)" = $((resets + 2)) ] || no "resets: $(status_of recorder.resets.received), not $resets + 2"
[ "$(status_of recorder.attached_ms)" -ge 3000 ] || no "attached for $(status_of recorder.attached_ms) ms"
[ "$(client '[.born_ns, .pid, (.flags | index("adopted"))]')" = "[$born,$pid,null]" ] ||
	no "the connection: $(client '[.born_ns, .pid, .flags]')"

# Another ring, and a shorter memory: the last 5 are kept, and the trace is told of all.
tcpscope attach --replace --keep-ended 5 --ring-bytes 65536 2>"$work/err" && [ ! -s "$work/err" ] || no "another size: $(cat "$work/err")"
[ "$(ended)" = "$(cut -d' ' -f1-5 <<<"7822 7821 $before")" ] || no "of 5: $(ended)"
tcp connect 127.0.0.1:7823 2>/dev/null
sleep 0.5
stop_trace
[ "$(jq -s '[ .[] | select(.event == "end" and .reason == "refused") | .peer_port ]' -c "$work/trace")" = '[7821,7822,7823]' ] ||
	no "the trace: $(jq -c '[.event, .peer_port]' "$work/trace")"
tail -1 "$work/trace" | jq -e '.event == "lost" and .ring_full == 0 and .lives_full == 0' >/dev/null ||
	no "lost: $(tail -1 "$work/trace")"

# Another table: histories can't be kept, and are not passed over in silence.
tcpscope attach --replace --max-connections 4096 2>"$work/err" || no "--replace: $(cat "$work/err")"
said 'not kept' 'another table'
[ "$(client '[.state, .pid, (.flags | index("adopted") != null)]')" = "[\"established\",$pid,true]" ] ||
	no "the connection adopted anew: $(client '[.state, .pid, .flags]')"
[ "$(ended)" = "7823 $(cut -d' ' -f1-4 <<<"7822 7821 $before")" ] || no "the ended, with another table: $(ended)"

# A trace of a recorder that is taken away ends and says why.
ends() {
	local name=$1
	shift
	tcpscope trace >"$work/out" 2>"$work/err" &
	trace=$!
	until_true eval "timeout 0.1 tcp listen 127.0.0.1:7499 wait 1; grep -q LISTEN '$work/out'"
	"$@" || no "$name: $*"
	timeout 5 tail --pid=$trace -f /dev/null || no "$name: trace goes on, blind"
	wait $trace && no "$name: trace ended well"
	said 'detached' "$name"
	grep -q 'LOST\|lost' "$work/out" || no "$name: it says nothing of what was lost: $(tail -1 "$work/out")"
}
ends detach tcpscope detach
tcpscope attach || no "attach failed"
ends 'pins removed' rm -r /sys/fs/bpf/tcpscope

# One of another release is neither read nor inherited from.
tcpscope attach || no "attach failed"
bpftool map dump pinned /sys/fs/bpf/tcpscope/control -j | jq -r '.[2].value | map(ltrimstr("0x")) | .[16] = "01" | join(" ")' >"$work/value"
# shellcheck disable=SC2046
bpftool map update pinned /sys/fs/bpf/tcpscope/control key hex 02 00 00 00 value hex $(cat "$work/value") || no "bpftool"
tcpscope ls >/dev/null 2>"$work/err"
said 'another release' 'ls'
timeout 5 tcpscope trace -d 1 >/dev/null 2>"$work/err" && no "trace reads another release"
said 'another release' 'trace'
tcpscope attach --sweep 2>"$work/err" && no "--sweep of another release"
said 'another release' '--sweep'
tcpscope attach --replace 2>"$work/err" || no "--replace: $(cat "$work/err")"
said 'another release' '--replace'
tcpscope ls >/dev/null 2>"$work/err" && [ ! -s "$work/err" ] || no "ls: $(cat "$work/err")"
tcpscope detach
