#!/bin/bash
# The corners of identity: each is staged for real and told by its lives, not by luck.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
# Before the recorder: to be adopted at its first event.
in_b tcp listen 10.0.0.2:2001 accept eof close wait 1000 >/dev/null 2>&1 &
listening 2001 in_b
in_a tcp connect 10.0.0.2:2001 wait 12 fin eof close &
sleep 0.2
start_trace "$work/trace"

# One socket, two connections: disconnect and connect again.
in_b tcp listen 10.0.0.2:2002 accept wait 1000 & listening 2002 in_b
in_b tcp listen 10.0.0.2:2003 accept eof close & listening 2003 in_b
in_a tcp connect 10.0.0.2:2002 disconnect reconnect 10.0.0.2:2003 fin eof close
# Fast Open without cookies: the SYN carries data and makes the child.
for ns in a b; do ip netns exec $ns sysctl -qw net.ipv4.tcp_fastopen=0x207; done
in_b tcp listen 10.0.0.2:2004 set fastopen 16 accept recv 10 eof close & listening 2004 in_b
in_a tcp open 10.0.0.2:2004 set fastopen_connect 1 reconnect 10.0.0.2:2004 send 10 fin eof close
# SYN cookies.
in_b sysctl -qw net.ipv4.tcp_syncookies=2
in_b tcp listen 10.0.0.2:2005 accept eof close & listening 2005 in_b
in_a tcp connect 10.0.0.2:2005 fin eof close
sleep 0.1
in_b sysctl -qw net.ipv4.tcp_syncookies=1
# MPTCP: the subflow is followed and labelled, the socket above it is not.
in_b tcp protocol 262 listen 10.0.0.2:2006 accept eof close & listening 2006 in_b
in_a tcp protocol 262 connect 10.0.0.2:2006 wait 0.1 fin eof close
take_over_by_syn
take_over_by_connect
# A listener that closes with one request pending and one child not accepted.
drop_in a tcp sport 2009 tcp dport 3009
in_b tcp listen 10.0.0.2:2009 wait 1 close wait 1000 & listening 2009 in_b
in_a tcp connect 10.0.0.2:2009 wait 1000 &
in_a tcp bind 10.0.0.1:3009 start 10.0.0.2:2009 wait 1000 &
# v4-mapped.
in_b tcp listen '[::]:2010' accept eof close & listening 2010 in_b
in_a tcp connect 10.0.0.2:2010 fin eof close
# TIME-WAIT bucket overflow.
in_b tcp listen 10.0.0.2:2011 accept eof close & listening 2011 in_b
buckets=$(sysctl -n net.ipv4.tcp_max_tw_buckets)
in_a sysctl -qw net.ipv4.tcp_max_tw_buckets=0
in_a tcp connect 10.0.0.2:2011 fin eof close
in_a sysctl -qw net.ipv4.tcp_max_tw_buckets="$buckets"
# A namespace that goes away with a TIME-WAIT and a request in it.
ip netns add c
ip -n c link set lo up
ip netns exec c tcp listen 127.0.0.1:2012 connect 127.0.0.1:2012 accept use 1 fin use 2 eof close use 1 eof close
sleep 8
ip netns del c
sleep 3
stop_trace

# ends PORT-SIDE PORT ROLE: role's ends on that port, one "generation reason flags" a line
failed=0
holds() {
	local what=$1
	shift
	jq -es "$@" "$work/trace" >/dev/null && return
	echo "$what: $(jq -c 'select(.local_port as $l | .peer_port as $p | '"$port"' | . == $l or . == $p)' "$work/trace" | cut -c1-400 | head -12)" >&2
	failed=1
}
ends() { echo "map(select(.event == \"end\" and .$1 == $2 and .role == \"$3\"))"; }

port=2001
holds 'adopted at the first event, and its age is not known' 'map(select(.event == "end" and .local_port == 2001 and .role == null)) |
	length == 1 and .[0].age_ms == null and (.[0].flags | index("adopted")) and .[0].first_closer == "peer" and .[0].reason == "normal"'
port=2002
holds 'generations' '(map(select(.event == "end" and .peer_port == 2002)) + map(select(.event == "end" and .peer_port == 2003))) |
	.[0].cookie == .[1].cookie and .[0].generation == 0 and .[0].reason == "disconnected" and
	.[1].generation == 1 and .[1].reason == "timewait_expired" or (length == 1 and .[0].generation == 0)'
holds 'the second connection is the next generation' 'map(select(.peer_port == 2003 and .event == "state")) | length >= 4 and all(.generation == 1)'
port=2004
holds 'Fast Open' 'map(select(.local_port == 2004 and .role == "passive")) |
	(map(select(.event == "state").to) | .[0] == "syn_recv" and index("established")) and all(.flags | index("fastopen"))'
port=2005
holds 'SYN cookie' 'map(select(.local_port == 2005 and .role == "passive")) |
	(map(select(.event == "state").to) | .[0:2] == ["syn_recv", "established"]) and all(.flags | index("syncookie"))'
port=2006
holds 'MPTCP subflow' 'map(select(.peer_port == 2006)) | all(.role == "active") and
	(map(.cookie) | unique | length == 1) and any(.event == "state" and .to == "fin_wait1" and (.flags | index("mptcp_subflow")))'
port=2007
holds 'TIME-WAIT taken over by a SYN' '(map(select(.event == "timewait_reuse" and .local_port == 2007)) | length == 1) and
	('"$(ends local_port 2007 passive)"' | map(.reason) | .[0] == "timewait_reused")'
port=2008
holds 'TIME-WAIT taken over by connect()' '(map(select(.event == "timewait_reuse" and .peer_port == 2008)) | length == 1) and
	('"$(ends peer_port 2008 active)"' | map(.reason) | .[0] == "timewait_reused")'
port=2009
holds 'listener closed: the child' "$(ends local_port 2009 passive)"' | any(.reason == "listener_closed" and .peer_port != 3009)'
holds 'listener closed: the request' "$(ends local_port 2009 passive)"' | any(.reason == "listener_closed" and .peer_port == 3009)'
port=2010
holds 'v4-mapped' 'map(select(.local_port == 2010 and .role == "passive")) | length >= 4 and
	all(.family == "ipv6" and .local_address == "10.0.0.2" and .peer_address == "10.0.0.1" and (.flags | index("v4mapped")))'
port=2011
holds 'TIME-WAIT overflow' "$(ends peer_port 2011 active)"' | length == 1 and .[0].reason == "timewait_overflow"'
port=2012
holds 'namespace destroyed' "$(ends peer_port 2012 active)"' | length == 1 and .[0].reason == "aborted"'
port=0
holds 'the source port is known in SYN-SENT' 'map(select(.event == "state" and .to == "syn_sent")) | length > 8 and all(.local_port > 0)'
holds 'nothing lost' '.[-1] | .event == "lost" and .lives_full == 0 and .ring_full == 0 and .no_cookie == 0'
[ $failed = 0 ] || no "the corners above"
unmake_pair
