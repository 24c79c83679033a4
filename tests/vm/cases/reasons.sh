#!/bin/bash
# Every end reason, brought about for real.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
sysctl -qw net.ipv4.tcp_max_orphans=4096
ip netns exec a sysctl -qw net.ipv4.tcp_keepalive_time=5 net.ipv4.tcp_keepalive_intvl=2 net.ipv4.tcp_keepalive_probes=3
start_trace "$work/trace"

# serve PORT STEPS…: a server in b that accepts one connection, on 10.0.0.2
serve() {
	local port=$1
	shift
	in_b tcp listen 10.0.0.2:"$port" accept "$@" >/dev/null 2>&1 &
	listening "$port" in_b
}
# client PORT STEPS…: connects in a and goes on in the background
client() {
	local port=$1
	shift
	in_a tcp connect 10.0.0.2:"$port" "$@" >/dev/null 2>&1 &
}
mute() { drop_in b tcp dport "$1"; drop_in a tcp sport "$1"; }

# normal, timewait_expired, finwait2_timeout
serve 1001 eof wait 0.1 close; client 1001 fin eof close
serve 1002 eof wait 1000; client 1002 close
# reset_received and reset_sent, by linger and by unread data
serve 1003 error; client 1003 wait 0.2 rst
serve 1005 send 10 error; client 1005 wait 0.2 close
# refused, syn_timeout, synack_timeout
in_a tcp connect 10.0.0.2:1006 2>/dev/null
drop_in b tcp dport 1007
in_a tcp open 10.0.0.2:1007 set syncnt 3 reconnect 10.0.0.2:1007 2>/dev/null &
in_b tcp listen 10.0.0.2:1008 wait 1000 & listening 1008 in_b
drop_in a tcp sport 1008
in_a tcp open 10.0.0.2:1008 set syncnt 1 reconnect 10.0.0.2:1008 2>/dev/null &
# rejected by an ICMP message, and by a host on our own link that nobody is
in_b nft add rule inet drops in tcp dport 1018 reject with icmpx type admin-prohibited || no "nft: reject"
in_a tcp open 10.0.0.2:1018 try 10.0.0.2:1018 >"$work/prohibited"
grep -qx EHOSTUNREACH "$work/prohibited" || no "prohibited: $(cat "$work/prohibited")"
in_a tcp open 10.0.0.99:1019 try 10.0.0.99:1019 >"$work/nobody"
grep -qx EHOSTUNREACH "$work/nobody" || no "nobody: $(cat "$work/nobody")"
# retransmit_timeout (924 s), user_timeout, keepalive_timeout, probe_timeout
serve 1010 wait 5000; client 1010 wait 5 send 100 error
serve 1011 wait 5000; client 1011 set user_timeout 5000 wait 5 send 100 error
serve 1012 wait 5000; client 1012 set keepalive 1 error
serve 1013 wait 5000; client 1013 fill wait 0.1 error
# aborted by ss -K, disconnected, listener_closed
serve 1014 error; client 1014 error
serve 1015 eof close; client 1015 disconnect
in_b tcp listen 10.0.0.2:1016 wait 1 close wait 1000 & listening 1016 in_b
client 1016 error
# timewait_killed_rst: a RST from nowhere meets the TIME-WAIT (RFC 1337), once it is in sequence
serve 1017 eof wait 0.1 close; client 1017 fin eof close
sleep 0.5
read -r tw_port rcv_nxt < <(tcpscope ls -J -o local_port,rcv_nxt state time-wait dport = :1017 |
	jq -r '.connections[0] | "\(.local_port) \(.rcv_nxt)"')
in_b segment 10.0.0.2:1017 10.0.0.1:"$tw_port" R "$rcv_nxt" 0 || no "the stray RST could not be sent"
mute 1010; mute 1011; mute 1012
sleep 0.5
drop_in a tcp sport 1013
in_a ss -K dst 10.0.0.2 dport = :1014 >/dev/null
sleep 2
sleep 1500
stop_trace

reason() { # PORT ROLE
	local side=local
	[ "$2" = active ] && side=peer
	jq -r "select(.event == \"end\" and .role == \"$2\" and .${side}_port == $1) | .reason" "$work/trace" | sort | paste -sd' '
}
failed=0
while read -r port role expected; do
	got=$(reason "$port" "$role")
	[ "$got" = "$expected" ] && continue
	echo "port $port, $role end: '$got', not '$expected'" >&2
	failed=1
done <<'END'
1001 active timewait_expired
1001 passive normal
1002 active finwait2_timeout
1003 active reset_sent
1003 passive reset_received
1005 active reset_sent
1005 passive reset_received
1006 active refused
1007 active syn_timeout
1008 active syn_timeout
1008 passive synack_timeout
1010 active retransmit_timeout
1011 active user_timeout
1012 active keepalive_timeout
1013 active probe_timeout
1014 active aborted
1014 passive reset_received
1015 active disconnected
1016 active reset_received
1016 passive listener_closed
1017 active timewait_killed_rst
1017 passive normal
1018 active unreachable
1019 active unreachable
END
tail -1 "$work/trace" | jq -e '.event == "lost" and .ring_full == 0 and .lives_full == 0' >/dev/null || { tail -1 "$work/trace" >&2; failed=1; }
[ $failed = 0 ] || no "$(jq -c 'select(.event == "end" and (.reason == "unknown"))' "$work/trace")"
unmake_pair
