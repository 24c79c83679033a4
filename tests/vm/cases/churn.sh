#!/bin/bash
# real-time: 100 snapshots under churn: each of 5,000 that stay is in each exactly once; ss may do as it likes.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

stay=5000
ulimit -n 20000
sysctl -qw net.ipv4.ip_local_port_range='10000 60999' net.core.somaxconn=8192 net.ipv4.tcp_max_syn_backlog=8192
sysctl -qw net.ipv4.tcp_max_tw_buckets=20000

pairs=()
for ((n = 0; n < stay / 2; n++)); do pairs+=(connect 127.0.0.1:6000 accept); done
tcp backlog 8000 listen 127.0.0.1:6000 "${pairs[@]}" run "touch $work/ready" wait 9000 &
until_true eval "sleep 1; test -e $work/ready"
tcp listen 127.0.0.1:6001 serve 1000000 2>/dev/null &
sleep 0.5
tcp cycle 1000000 127.0.0.1:6001 2>/dev/null &

census /sys/kernel/debug/tcpscope/connections.bin 100 6000 >"$work/census" || no "$(<"$work/census")"
cat "$work/census"
grep -q ": $stay stay" "$work/census" || no "not $stay: $(<"$work/census")"

for n in {1..10}; do
	ss -tanH exclude listening '( sport = :6000 or dport = :6000 )' | awk '{ print $4, $5 }' | sort | uniq -c |
		awk -v stay=$stay '{ found++; doubled += $1 - 1 } END { print stay - found, doubled + 0 }'
done | awk '{ missed += $1; doubled += $2 } END { print "ss: 10 snapshots: missed " missed ", doubled " doubled }'
