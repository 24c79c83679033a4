#!/bin/bash
# random_stage.bash SEED N: N connections in the lab machine, each losing some of its segments by chance. Standard
# output is one tar archive: what tcpdump saw at both ends, what nftables dropped, and what explain says afterwards.
#
#	a ── veth ── wire ── veth ── b      10.0.0.1:10001… ── 10.0.0.2:20001…
#
# As in stage.bash, the wire passes everything on but what is lost.
set -u
seed=$1 n=$2
out=/root/out
mkdir -p $out

no() {
	echo "random: $*" >&2
	exit 1
}

in_a() { nsenter --net=/run/netns/a "$@"; }
in_b() { nsenter --net=/run/netns/b "$@"; }

declare -A matches=(
	[SYN]='tcp flags & (syn | ack | rst) == syn'
	[SYN-ACK]='tcp flags & (syn | ack | rst) == (syn | ack)'
	[ACK]='tcp flags == ack'
	[DATA]='tcp flags & (psh | fin | rst) == psh'
	[FIN]='tcp flags & fin == fin'
)

# chance OF: true once in so many times.
chance() { [ $((RANDOM % $1)) = 0 ]; }

# Which of the first segments of a kind are lost, with commas; often none.
draw() {
	local first=1
	[ "$1" != ACK ] || first=$((1 + RANDOM % 3))
	which=
	chance 4 && which=$first
	chance 8 && which+=${which:+,}$((first + 1))
	chance 16 && which+=${which:+,}$((first + 2))
	[ -n "$which" ]
}

# The rules of one connection's segments one way, on standard output.
rules_of() {
	local port=$1 side=$2 kind which
	shift 2
	for kind; do
		draw "$kind" || continue
		echo "tcp $side $port ${matches[$kind]} numgen inc mod 100000 offset 1 { $which } counter drop comment \"$port $kind $which\""
	done
}

make_rules() {
	RANDOM=$seed
	local i
	for ((i = 1; i <= n; i++)); do
		rules_of $((10000 + i)) sport SYN ACK DATA FIN >&3
		rules_of $((10000 + i)) dport SYN-ACK ACK DATA FIN >&4
	done 3>$out/rules.a 4>$out/rules.b
}

make_net() {
	local ns me peer
	for ns in a b wire; do ip netns add $ns || no "no namespaces"; done
	for ns in a b; do
		me=1 peer=2
		[ $ns = a ] || me=2 peer=1
		ip link add veth netns $ns type veth peer name $ns netns wire
		ip -n $ns -batch - <<-END || no "no addresses"
			link set dev lo up
			link set dev veth address 02:00:00:00:00:0$me
			addr add 10.0.0.$me/24 dev veth
			link set dev veth up
			neigh add 10.0.0.$peer lladdr 02:00:00:00:00:0$peer dev veth nud permanent
		END
		ip -n wire link set dev $ns up
	done
	nsenter --net=/run/netns/wire nft -f - <<-END || no "no rules"
		table netdev wire {
			chain from_a {
				type filter hook ingress device "a" priority 0
				$(cat $out/rules.a)
				fwd to "b"
			}
			chain from_b {
				type filter hook ingress device "b" priority 0
				$(cat $out/rules.b)
				fwd to "a"
			}
		}
	END
}

# What the two ends of a connection do: a word of both, and who closes first.
play() {
	local port=$1 rounds=$((RANDOM % 3)) closer=$((RANDOM % 3)) client=() server=() bytes i
	for ((i = 0; i < rounds; i++)); do
		bytes=$((1 + RANDOM % 1000))
		client+=(send "$bytes" recv "$bytes")
		server+=(recv "$bytes" send "$bytes")
		[ $((RANDOM % 2)) = 0 ] || client+=(wait 0.1)
	done
	case $closer in
	0) client+=(fin eof close) server+=(eof close) ;;
	1) client+=(eof close) server+=(wait 0.1 fin eof close) ;;
	2) client+=(wait 0.1 fin eof close) server+=(eof wait 0.3 close) ;;
	esac
	in_b tcp listen 10.0.0.2:$((port + 10000)) say ready accept "${server[@]}" >$out/ready 2>/dev/null &
	until [ -s $out/ready ]; do sleep 0.001; done
	: >$out/ready
	in_a tcp bind 10.0.0.1:$port connect 10.0.0.2:$((port + 10000)) "${client[@]}" >/dev/null 2>&1 &
}

make_rules
make_net
modprobe tcpscope || no "the module does not load"
tcpscope attach || no "the recorder does not attach"
awk '/^now at/ { print $3; exit }' /proc/timer_list >$out/monotonic
echo "$EPOCHREALTIME" >$out/day
for end in a b; do
	nsenter --net=/run/netns/$end tcpdump --immediate-mode -i veth -s 128 -U -w $out/$end.pcap tcp 2>/dev/null &
done
until [ -s $out/a.pcap ] && [ -s $out/b.pcap ]; do sleep 0.01; done
: >$out/ready
for ((c = 1; c <= n; c++)); do play $((10000 + c)); done
sleep 150
pkill -INT tcpdump
sleep 1
tcpscope ls -H exclude listening >$out/left
tcpscope explain --ended --json exclude listening >$out/both.json || no "explain failed"
tcpscope explain --ended --one-end --json exclude listening >$out/one.json || no "explain --one-end failed"
tcpscope status --json >$out/status.json
nsenter --net=/run/netns/wire nft list table netdev wire | awk '
	/chain from_a/ { way = "a>b" } /chain from_b/ { way = "b>a" }
	/counter packets/ { what = $0; sub(/.*comment "/, "", what); sub(/ .*/, "", what)
		sub(/.*counter packets /, ""); if ($1) print what, way, $1 }' >$out/counters
tar -C $out -c .
