#!/bin/bash
# A listener closes whose SO_REUSEPORT group has another member: its requests and the children it has not
# accepted go there (net.ipv4.tcp_migrate_req), and so do their lives, with the new listener's owner.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
in_b sysctl -qw net.ipv4.tcp_migrate_req=1 || no "this kernel migrates no requests"
migrated() { in_b awk '$1 == "TcpExt:" { if (!n) n = split($0, name); else { split($0, value); for (i in name) if (name[i] == "TCPMigrateReqSuccess") print value[i] } }' /proc/net/netstat; }

# listener PORT SECONDS: closes after that time, but lives on; pid is its process.
listener() {
	ip netns exec b tcp reuseport 1 listen 10.0.0.2:"$1" wait "$2" close wait 1000 &
	pid=$!
	until_true eval "in_b ss -tlnHp sport = :$1 | grep -q pid=$pid,"
}
# heir PORT: the other of the group, which accepts at the 20th second.
heir() {
	ip netns exec b tcp reuseport 1 listen 10.0.0.2:"$1" wait 20 accept eof close wait 1000 &
	pid=$!
	until_true eval "in_b ss -tlnHp sport = :$1 | grep -q pid=$pid,"
}
# what PORT: state, owner and whether accept() has returned it, of the server's end.
what() {
	tcpscope ls --json "state all and sport = :$1 and not state listening" |
		jq -r '.connections[] | "\(.state) \(.pid) \(.flags | index("accepted") != null)"'
}
is() { [ "$(what $1)" = "$2" ] || no "port $1: '$(what $1)', not '$2'"; }

tcpscope attach || no "attach failed"
# A child that nobody has accepted.
listener 2001 5; old=$pid
in_a tcp connect 10.0.0.2:2001 wait 60 fin eof close &
until_true eval 'in_b ss -tnH state established sport = :2001 | grep -q .'
heir 2001; new=$pid
is 2001 "established $old false"
sleep 6
[ "$(migrated)" = 1 ] || no "the kernel migrated $(migrated) requests, not 1"
is 2001 "established $new false"
sleep 20
is 2001 "established $new true"

# A request, when its timer fires.
drop_in a tcp sport 2002
listener 2002 5; old=$pid
in_a tcp start 10.0.0.2:2002 wait 100 fin eof close &
until_true eval 'in_b ss -tnH state syn-recv sport = :2002 | grep -q .'
heir 2002; new=$pid
is 2002 "syn_recv $old false"
sleep 13
[ "$(migrated)" = 2 ] || no "the kernel migrated $(migrated) requests, not 2"
is 2002 "syn_recv $new false"
ip netns exec a nft delete table inet drops
sleep 30
is 2002 "established $new true"

# A request, when the last ACK of its handshake comes: a's segments take 0.8 s.
ip netns exec a tc qdisc add dev veth-a root netem delay 800ms
listener 2003 3; old=$pid
sleep 1.5
in_a tcp start 10.0.0.2:2003 wait 100 fin eof close &
until_true eval 'in_b ss -tnH state syn-recv sport = :2003 | grep -q .'
heir 2003; new=$pid
is 2003 "syn_recv $old false"
sleep 5
[ "$(migrated)" = 3 ] || no "the kernel migrated $(migrated) requests, not 3"
is 2003 "established $new false"
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
