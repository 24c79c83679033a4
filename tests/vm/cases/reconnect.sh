#!/bin/bash
# One socket, several connections, one cookie: each has a life of its own, though the minisocket of the one before
# may go on for a minute. Who owns it, when, how it ended; segments as tcpdump counts them.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
ip -n b addr add 10.0.0.3/24 dev veth-b
ip netns add c && ip -n c link set lo up || no "no third namespace"
in_a sysctl -qw net.ipv4.tcp_tw_reuse=1 # over the veth pair as well
in_b sysctl -qw net.ipv4.tcp_tw_reuse=0
ip netns exec a tcpdump -Z root -nn --immediate-mode -B 16384 -i veth-a -w "$work/pcap" tcp 2>"$work/tcpdump" &
dump=$!
until_true grep -qs "listening on" "$work/tcpdump"
tcpscope attach || no "attach failed"

# serve ADDR PORT STEP…: what the server at that port does.
serve() {
	local at=$1:$2 port=$2
	shift 2
	in_b tcp listen "$at" "$@" >/dev/null &
	listening "$port" in_b
}
answers() { serve 10.0.0.2 "$1" accept eof close; }
passive() { serve 10.0.0.2 "$1" accept fin eof close; }
# What is expected: PORT GENERATION REASON of each life of a client, and the pid of its owner.
expect() { printf '%s %s %s %s\n' "$@" >>"$work/expected"; }
client() { ip netns exec a tcp "$@" >>"$work/out" 2>&1 & pid=$!; }
to=10.0.0.2

# TIME-WAIT, then the same socket again, by the same owner and by one that has inherited it; the second outlives the
# first one's minisocket, which is restarted by FINs that come again.
drop_in b tcp dport 3001 tcp flags == ack
answers 3001
answers 3002
client bind 10.0.0.1:4001 connect $to:3001 send 100 fin eof wait 1 disconnect reconnect $to:3002 send 700 wait 100 fin eof close
expect 3001 0 disconnected $pid
expect 3002 1 timewait_expired $pid
second=$pid
answers 3003
answers 3004
client bind 10.0.0.1:4003 connect $to:3003 send 100 fin eof \
	run 'exec tcp take 3 disconnect reconnect 10.0.0.2:3004 send 700 run "echo \$PPID >'"$work"'/heir" wait 1 fin eof close'
expect 3003 0 disconnected $pid
# The same ports, another address.
answers 3005
serve 10.0.0.3 3005 accept eof close
client bind 10.0.0.1:4005 connect $to:3005 send 100 fin eof disconnect reconnect 10.0.0.3:3005 send 700 wait 1 fin eof close
expect 3005 0 disconnected $pid
expect 3005 1 timewait_expired $pid
moved=$pid
# Three minisockets of one cookie.
for port in 3006 3007 3008; do answers $port; done
client connect $to:3006 fin eof wait 3 disconnect reconnect $to:3007 fin eof wait 3 disconnect reconnect $to:3008 fin eof close
expect 3006 0 disconnected $pid
expect 3007 1 disconnected $pid
expect 3008 2 timewait_expired $pid
# Refused twice, then not.
answers 3010
client open $to:3009 try $to:3009 try $to:3009 reconnect $to:3010 send 700 wait 1 fin eof close
expect 3009 0 refused $pid
expect 3009 1 refused $pid
expect 3010 2 timewait_expired $pid
# Closed by the peer first; reset; over for good, before the socket is used again.
passive 3011
answers 3012
client connect $to:3011 eof fin wait 0.1 disconnect reconnect $to:3012 fin eof close
expect 3011 0 normal $pid
expect 3012 1 timewait_expired $pid
serve 10.0.0.2 3013 accept wait 0.1 rst
answers 3014
client connect $to:3013 error disconnect reconnect $to:3014 fin eof close
expect 3013 0 reset_received $pid
expect 3014 1 timewait_expired $pid
answers 3015
answers 3016
client connect $to:3015 fin eof wait 70 disconnect reconnect $to:3016 fin eof close
expect 3015 0 timewait_expired $pid
expect 3016 1 timewait_expired $pid
# Disconnected with both directions shut down, which close() with a linger time of 0 has, too.
drop_in b tcp dport 3017 'tcp flags & fin == fin'
passive 3017
answers 3018
client connect $to:3017 eof wait 0.1 fin disconnect reconnect $to:3018 fin eof close
expect 3017 0 disconnected $pid
expect 3018 1 timewait_expired $pid
# A socket that takes its own TIME-WAIT over, and after that another that has nothing to do with one.
serve 10.0.0.2 3019 accept eof close accept eof close
answers 3020
client bind 10.0.0.1:4019 connect $to:3019 fin eof wait 2.5 disconnect reconnect $to:3019 fin eof disconnect reconnect $to:3020 fin eof close
expect 3019 0 timewait_reused $pid
expect 3019 1 disconnected $pid
expect 3020 2 timewait_expired $pid
# A socket that connected, and listens while its minisocket lives.
answers 3021
client bind 10.0.0.1:4021 connect $to:3021 fin eof disconnect relisten accept eof close wait 1000
expect 3021 0 disconnected $pid
listener=$pid
listening 4021 in_a
in_b tcp connect 10.0.0.1:4021 fin eof close
# No port left for the second connection: of a socket with an error from before, and of one with a minisocket.
ip netns exec c tcp listen 127.0.0.1:3022 wait 1000 &
listening 3022 "ip netns exec c"
ip netns exec c tcp listen 127.0.0.1:3023 accept eof close wait 1000 &
listening 3023 "ip netns exec c"
ip netns exec c sysctl -qw net.ipv4.tcp_tw_reuse=0 net.ipv4.ip_local_port_range='4022 4023'
ip netns exec c tcp connect 127.0.0.1:3022 disconnect connect 127.0.0.1:3023 fin eof disconnect \
	connect 127.0.0.1:3022 connect 127.0.0.1:3022 use 0 try 127.0.0.1:3022 use 1 try 127.0.0.1:3022 wait 1000 >"$work/tried" &

sleep 5
tcpscope ls --json -N a dport = :3005 | jq -e ".connections | sort_by(.peer_address) | map(.state) == [\"time_wait\", \"time_wait\"] and
	.[0].cookie == .[1].cookie and .[0].pid == null and .[0].role == null and .[1].pid == $moved and .[1].role == \"active\"" >/dev/null ||
	no "of two TIME-WAITs with one cookie: $(tcpscope ls --json -N a dport = :3005 | jq -c '.connections[] | { peer_address, state, role, pid, cookie }')"
ip netns exec b nft flush table inet drops
sleep 90
# The minisockets of the first connections are gone; what connected or listens since is there, and has its own life.
[ -z "$(in_a ss -tanH state time-wait dport = :3001)" ] || no "the TIME-WAIT of port 3001 still lives"
[ "$(in_a ss -tnH state established dport = :3002 | wc -l)" = 1 ] || no "ss shows no connection to port 3002"
tcpscope ls --json -N a dport = :3002 | jq -e ".connections | length == 1 and (.[0] |
	.state == \"established\" and .role == \"active\" and .generation == 1 and .pid == $second and .age_ms > 85000 and .first_closer == null)" >/dev/null ||
	no "connected again: $(tcpscope ls --json -N a dport = :3002 | jq -c '.connections[] | { state, role, generation, pid, age_ms, first_closer }')"
tcpscope ls --json -N a state listening and sport = :4021 | jq -e ".connections | length == 1 and (.[0] |
	.role == \"listener\" and .generation == 1 and .pid == $listener and .age_ms > 85000)" >/dev/null ||
	no "listens: $(tcpscope ls --json -N a sport = :4021 | jq -c '.connections[] | { state, role, generation, pid, age_ms }')"
sleep 75
expect 3004 1 timewait_expired "$(cat "$work/heir")"
kill $dump
wait $dump 2>/dev/null

tcpscope ls --ended --json >"$work/ended" || no "ls --ended failed"
jq -r '.connections[] | select(.role != "passive" and .peer_port > 3000 and .peer_port < 3022) |
	"\(.peer_port) \(.generation) \(.reason) \(.pid)"' "$work/ended" | sort >"$work/lives"
sort "$work/expected" | diff - "$work/lives" >&2 ||
	no "expected (<) and recorded (>) differ; $(cat "$work/out")"
[ "$(sort -u "$work/tried")" = EADDRNOTAVAIL ] || no "connects that should find no port: $(paste -sd' ' "$work/tried")"
[ "$(tcpscope timewait --json | jq '[ .no_port_left[] | select(.peer_port == 3022).count ] | add')" = 2 ] ||
	no "no port left: $(tcpscope timewait --json | jq -c .no_port_left)"
jq -r '.connections[] | select(.role != "passive" and (.peer_port | . == 3022 or . == 3023)) | "\(.peer_port) \(.generation) \(.reason)"' "$work/ended" |
	sort | diff <(printf '%s\n' '3022 0 disconnected' '3023 0 timewait_expired') - >&2 || no "without a port: made (<) and recorded (>) differ"
# linked PORT GENERATION WHAT: the TIME-WAIT that one took over.
linked() {
	jq -e ".connections[] | select(.peer_port == $1 and .generation == $2 and .role == \"active\") | .predecessor $3" "$work/ended" >/dev/null ||
		no "port $1, generation $2: its predecessor is not $3"
}
linked 3019 0 '== null'
linked 3019 1 "!= null"
linked 3020 2 '== null'

# Each life has the segments of its own connection, and of a minisocket left behind those until then.
tcpdump -nn -r "$work/pcap" 2>/dev/null | awk '
	function peer(address) { sub(/:$/, "", address); sub(/\.[0-9]*$/, ":&", address); sub(/:\./, ":", address); return address }
	{ from = peer($3); to = peer($5) }
	to ~ /:3002$/ { left = 1 }
	left && (from ~ /:3001$/ || to ~ /:3001$/) { after++; next }
	to ~ /:30[0-2][0-9]$/ { sent[to]++ }
	from ~ /:30[0-2][0-9]$/ { came[from]++ }
	END { if (!after) print "no FIN came again"; for (p in sent) print p, came[p], sent[p] }' | sort >"$work/dumped"
tcpscope explain --ended --json -N a | jq -r '.connections | map(select(.role == "active")) |
	group_by(.peer_address, .peer_port)[] | "\(.[0].peer_address):\(.[0].peer_port) \([ .[].counters.segs_in ] | add) \([ .[].counters.segs_out ] | add)"' |
	sort | diff "$work/dumped" - >&2 || no "segments, received and sent: tcpdump's (<) and recorded (>) differ"
[ "$(tcpscope status --json | jq '.losses | add')" = 0 ] || no "lost: $(tcpscope status --json | jq -c .losses)"
tcpscope detach
unmake_pair
ip netns del c
