#!/bin/bash
# A listener closes whose SO_REUSEPORT group has another member: its requests and the children it has not
# accepted go there (net.ipv4.tcp_migrate_req), and so do their lives, with the new listener's owner.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
in_b sysctl -qw net.ipv4.tcp_migrate_req=1 || no "this kernel migrates no requests"
migrated() { in_b awk '$1 == "TcpExt:" { if (!n) n = split($0, name); else { split($0, value); for (i in name) if (name[i] == "TCPMigrateReqSuccess") print value[i] } }' /proc/net/netstat; }

# member PORT STEPS…: one of the group that listens on that port; pid is its process, which lives on after these steps.
member() {
	local port=$1
	shift
	ip netns exec b tcp reuseport 1 listen 10.0.0.2:"$port" "$@" wait 1000 &
	pid=$!
	until_true eval "in_b ss -tlnHp sport = :$port | grep -q pid=$pid,"
}
# what PORT: state, owner and whether accept() has returned it, of the server's end.
what() {
	tcpscope ls --json "state all and sport = :$1 and not state listening" |
		jq -r '.connections[] | "\(.state) \(.pid) \(.flags | index("accepted") != null)"'
}
is() { [ "$(what "$1")" = "$2" ] || no "port $1: '$(what "$1")', not '$2'"; }

# inherits PORT STATE SECONDS [LATER]: another joins the group, which accepts at its 20th second, and so many seconds
# later has what was in that state, and is then in LATER; pid is its process.
n=0
inherits() {
	local port=$1 state=$2 seconds=$3 later=${4-$2} old=$pid
	until_true eval "in_b ss -tnH state ${state//_/-} sport = :$port | grep -q ."
	member "$port" wait 20 accept eof close
	is "$port" "$state $old false"
	sleep "$seconds"
	n=$((n + 1))
	[ "$(migrated)" = $n ] || no "the kernel migrated $(migrated) requests, not $n"
	is "$port" "$later $pid false"
}

tcpscope attach || no "attach failed"
# A child that nobody has accepted.
member 2001 wait 5 close
in_a tcp connect 10.0.0.2:2001 wait 60 fin eof close &
inherits 2001 established 6
sleep 20
is 2001 "established $pid true"

# A request, when its timer fires.
drop_in a tcp sport 2002
member 2002 wait 5 close
in_a tcp start 10.0.0.2:2002 wait 100 fin eof close &
inherits 2002 syn_recv 13
ip netns exec a nft delete table inet drops
sleep 30
is 2002 "established $pid true"

# A request, when the last ACK of its handshake comes: a's segments take 0.8 s.
ip netns exec a tc qdisc add dev veth-a root netem delay 800ms
member 2003 wait 3 close
sleep 1.5
in_a tcp start 10.0.0.2:2003 wait 100 fin eof close &
inherits 2003 syn_recv 5 established
sleep 200

tcpscope ls --ended --json 'sport = :2001 or sport = :2002 or sport = :2003' |
	jq -r '.connections[] | select(.role == "passive") | "\(.local_port) \(.reason) \(.first_closer)"' | sort >"$work/ends"
diff -u - "$work/ends" >&2 <<'END' || no "the migrated connections ended otherwise"
2001 normal peer
2002 normal peer
2003 normal peer
END
tcpscope detach
unmake_pair
