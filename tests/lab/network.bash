# The network of a staging and what watches it; sourced in the lab machine by stage.bash and random_stage.bash.
# shellcheck shell=bash disable=SC2034,SC2154 # who sources this uses what it sets, and sets what it uses: out, rules, dump
#
#	a ── veth ── wire ── veth ── b      10.0.0.1, fd00::1      10.0.0.2, fd00::2
#
# The wire is a third namespace that passes everything on by nftables' "fwd", except what a rule says is
# lost. So a lost segment is in the capture of the end that sent it and not in the other's.

no() {
	echo "${0##*/}: ${staging+$staging: }$*" >&2
	exit 1
}

in_a() { nsenter --net=/run/netns/a "$@"; }
in_b() { nsenter --net=/run/netns/b "$@"; }
in_wire() { nsenter --net=/run/netns/wire "$@"; }

# The segments a rule may name, as nftables sees them.
declare -A matches=(
	[SYN]='tcp flags & (syn | ack | rst) == syn'
	[SYN-ACK]='tcp flags & (syn | ack | rst) == (syn | ack)'
	[ACK]='tcp flags == ack'
	[DATA]='tcp flags & (psh | fin | rst) == psh'
	[FIN]='tcp flags & fin == fin'
	[RST]='tcp flags & rst == rst'
	[CROWD-RST]='tcp sport 5000-5999 tcp flags & rst == rst'
	[NO-SYN]='tcp flags & (syn | rst) == 0x0'
	[ANY]='meta l4proto tcp'
)

# drop DIRECTION KIND [WHICH [PORT]]: adds to rules that the segments of that kind are lost, all of them or those
# numbered, of every connection or of the one with that port at a. 1 is the first; several with commas, ranges
# with a dash.
drop() {
	local way=$1 kind=$2 which=${3-} port=${4-} side=sport
	[ "$way" = 'a>b' ] || side=dport
	rules["$way"]+="${port:+tcp $side $port }${matches[$kind]}${which:+ numgen inc mod 100000 offset 1 { $which \}} counter drop"
	rules["$way"]+=" comment \"${port:+$port }$kind${which:+ $which}\"
"
}

# make_net [MS]: with the rules there are; a segment takes so many milliseconds.
make_net() {
	local ns me peer
	ip -batch - <<-END || no "no namespaces"
		netns add a
		netns add b
		netns add wire
		link add veth netns a type veth peer name a netns wire
		link add veth netns b type veth peer name b netns wire
	END
	for ns in a b; do
		me=1 peer=2
		[ $ns = a ] || me=2 peer=1
		# Fixed neighbours: no segment waits for ARP.
		ip -n $ns -batch - <<-END || no "no addresses"
			link set dev lo up
			link set dev veth address 02:00:00:00:00:0$me
			addr add 10.0.0.$me/24 dev veth
			addr add fd00::$me/64 dev veth nodad
			link set dev veth up
			neigh add 10.0.0.$peer lladdr 02:00:00:00:00:0$peer dev veth nud permanent
			neigh add fd00::$peer lladdr 02:00:00:00:00:0$peer dev veth nud permanent
		END
	done
	printf 'link set dev %s up\n' a b | ip -n wire -batch -
	[ -z "${1-}" ] || for ns in a b; do in_wire tc qdisc add dev $ns root netem delay "${1}ms"; done
	in_wire nft -f - <<-END || no "no rules"
		table netdev wire {
			chain from_a {
				type filter hook ingress device "a" priority 0
				${rules['a>b']-}
				fwd to "b"
			}
			chain from_b {
				type filter hook ingress device "b" priority 0
				${rules['b>a']-}
				fwd to "a"
			}
		}
	END
}

# Adds what the rules have counted to $out/counters: WAY WHAT PACKETS; WHAT is the rule's comment, "_" for blanks.
count_losses() {
	in_wire nft list table netdev wire | awk '
		/chain from_a/ { way = "a>b" } /chain from_b/ { way = "b>a" }
		/counter packets/ { what = $0; sub(/.*comment "/, "", what); sub(/".*/, "", what); gsub(/ /, "_", what)
			sub(/.*counter packets /, ""); print way, what, $1 }' >>"$out/counters"
}

# From now on $out/a.pcap and b.pcap have what passes at the ends; dump[END] is the process.
capture() {
	local end
	for end in a b; do
		nsenter --net=/run/netns/$end tcpdump --immediate-mode -i veth -s 128 -U -w "$out/$end.pcap" tcp 2>"$out/$end.dump" &
		dump[$end]=$!
	done
	until [ -s "$out/a.pcap" ] && [ -s "$out/b.pcap" ]; do sleep 0.01; done
}

start_recorder() {
	modprobe tcpscope || no "the module does not load"
	tcpscope attach || no "the recorder does not attach"
}

# What tcpdump calls a time of day and tcpscope calls CLOCK_MONOTONIC: their difference.
clocks() {
	local monotonic day
	monotonic=$(awk '/^now at/ { print $3; exit }' /proc/timer_list) day=$EPOCHREALTIME
	awk "BEGIN { printf \"offset=%.6f\n\", $day - $monotonic / 1e9 }"
}
