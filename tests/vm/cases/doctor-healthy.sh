#!/bin/bash
# alone: on a busy guest, 20,000 ordinary connections closed by either side in a minute, the doctor finds nothing.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
# as a host with more memory has it by default
in_a sysctl -qw net.ipv4.tcp_max_tw_buckets=65536
in_b sysctl -qw net.ipv4.tcp_max_tw_buckets=65536
sysctl -qw net.ipv4.tcp_max_tw_buckets=65536
tcpscope attach || no "attach failed"
# batches STEP ADDRESS: 100 batches of 100 connections
batches() {
	local steps=() n
	for ((n = 0; n < 100; n++)); do steps+=("$1" 100 "$2" wait 0.6); done
	exec ip netns exec a tcp "${steps[@]}"
}
in_b tcp listen '[fd00::2]:80' serve 10000 &
in_b tcp listen 10.0.0.2:81 answer 10000 &
for port in 80 81; do listening $port in_b; done
batches cycle '[fd00::2]:80' &
first=$!
batches ask 10.0.0.2:81 &
second=$!
# and some that stay
in_b tcp listen 10.0.0.2:82 accept accept accept wait 1000 &
listening 82 in_b
in_a tcp connect 10.0.0.2:82 connect 10.0.0.2:82 connect 10.0.0.2:82 wait 1000 &
for when in soon half end; do
	sleep 20
	tcpscope doctor >"$work/found" || no "$when it finds: $(cat "$work/found")"
done
wait $first $second || no "the connections failed"
tcpscope doctor >"$work/found" || no "after all it finds: $(cat "$work/found")"
cat "$work/found" >&2
tcpscope status --json | jq -e '.recorder.ends | .normal + .timewait_expired >= 20000' >/dev/null ||
	no "too few connections: $(tcpscope status --json | jq -c .recorder.ends)"
[ "$(tcpscope doctor --json | jq '[ .checks[] | select(.level != "ok") ] | length')" = 0 ] || no "something is not ok"
