#!/bin/bash
# 20,000 connections (3,000 unless FULL) with nothing reading: what was remembered, and that no life outlives its connection.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

n=${FULL:+20000}
n=${n:-3000}
sysctl -qw net.ipv4.tcp_max_tw_buckets=100000 net.ipv4.ip_local_port_range='2000 65000' net.ipv4.tcp_tw_reuse=0
# What the kernel has given away by its own account, settled, and of that in pieces of 512 bytes, which lives take.
taken() { sync; sleep 2; awk '/^(VmallocUsed|Percpu|SUnreclaim):/ { n += $2 } END { print n * 1024 }' /proc/meminfo; }
pieces() { awk '/^kmalloc(-cg|-rnd-[0-9]*)?-512 / { n += $2 } END { print n * 512 }' /proc/slabinfo; }
memory() { tcpscope status -J | jq ".recorder.$1"; }
# near WHAT TOLD MEASURED PERCENT SLACK
near() {
	local off=$(($2 > $3 ? $2 - $3 : $3 - $2))
	echo "$1: $2 bytes told, $3 measured"
	[ $off -le $(($3 * $4 / 100 + $5)) ] || no "$1: $2 bytes told, $3 measured"
}

empty=$(taken)
tcpscope attach || no "attach failed"
# programs, trampolines and types are no maps
near 'attached and idle' "$(memory memory_bytes)" $(($(taken) - empty)) 10 $((4 << 20))
idle=$(memory memory_bytes) idle_pieces=$(pieces)
tcp listen 127.0.0.1:1999 serve $n wait 1000 &
server=$!
listening 1999
tcp cycle $n 127.0.0.1:1999 || no "the connections failed"
near "$n connections" $(($(memory memory_bytes) - idle)) $(($(pieces) - idle_pieces)) 10 $((64 << 10))

ss -tanH state time-wait | wc -l >"$work/ss"
tcpscope ls --json state time-wait >"$work/ls"
[ "$(cat "$work/ss")" = $n ] || no "ss shows $(cat "$work/ss") TIME-WAITs, not $n"
# A life that lacks something for a hook the kernel skipped says so; there are no more of them than of those.
jq -e --argjson n $n --argjson server $server 'def whole: .flags | index("gap") or index("adopted") | not;
	.losses.missed as $missed | .connections | length == $n and (map(select(whole | not)) | length <= $missed) and
	(map(select(whole)) | all(.role == "active" and .comm == "tcp" and .pid != $server and .pid > 0 and .first_closer == "local" and
	.state_age_ms >= 0 and .state_age_ms < 60000 and .generation == 0))' "$work/ls" >/dev/null ||
	no "ss has $(cat "$work/ss") TIME-WAITs; ls: $(jq -c '[.connections | length, .[0]]' "$work/ls")"

# The last that ended, 8,192 at most, were the server's ends.
tcpscope ls --ended --json >"$work/ended" || no "ls --ended failed"
jq -e --argjson n $((n < 8192 ? n : 8192)) --argjson server $server '
	def whole: .flags == null or (.flags | index("gap") or index("adopted") | not);
	.losses.missed as $missed | .connections | length == $n and (map(select(whole | not)) | length <= $missed) and
	(map(select(whole)) | all(.reason == "normal" and .role == "passive" and
	.pid == $server and .first_closer == "peer" and
	([ .events[] | select(.event == "state").to ] == ["syn_recv", "established", "close_wait", "last_ack"])))' \
	"$work/ended" >/dev/null || no "ended: $(jq -c '[.connections | length, .[0]]' "$work/ended")"

# After the last TIME-WAIT has ended, only what ss has is left in the recorder.
sleep 63
tcpscope status -J >"$work/status"
lives=$(jq '[.. | .connections? | numbers][0]' "$work/status")
bytes=$(jq '[.. | .memory_bytes_per_connection? | numbers][0]' "$work/status")
sockets=$(ss -tanH | wc -l)
[ "$lives" = "$sockets" ] || no "the recorder holds $lives lives, ss shows $sockets sockets"
echo "memory of a connection: $bytes bytes"
[ "$bytes" -gt 400 ] && [ "$bytes" -le 512 ] || no "a connection costs $bytes bytes"
expired=$(tcpscope ls --ended --json | jq '[ .connections[] | select(.reason == "timewait_expired") ] | length')
[ "$expired" = $((n < 8192 ? n : 8192)) ] || no "$expired TIME-WAITs ended by expiry"
tcpscope detach
