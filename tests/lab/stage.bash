#!/bin/bash
# Stages scenarios in the lab machine: stage.bash [--show] SCENARIO:FAMILY[:MUTATION]…
# What each staging left behind goes to standard output as one tar archive, a directory a staging.
#
#	a ── veth ── wire ── veth ── b      10.0.0.1, fd00::1      10.0.0.2, fd00::2
#
# The wire is a third namespace that passes everything on by nftables' "fwd", except what a scenario
# says is lost. So a lost segment is in the capture of the end that sent it and not in the other's.
set -u
lab=/root/lab
all=/root/out

no() {
	echo "stage: ${staging-}: $*" >&2
	exit 1
}

in_a() { nsenter --net=/run/netns/a "$@"; }
in_b() { nsenter --net=/run/netns/b "$@"; }
in_wire() { nsenter --net=/run/netns/wire "$@"; }

# --- the network ---

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

# lose DIRECTION KIND [WHICH]: the segments of that kind which are lost, all of them or those numbered.
# 1 is the first; several with commas, ranges with a dash. A mutation takes a rule away or turns it to
# the segments of the other direction with those numbers: the scenario must notice.
lose() {
	local way=$1 kind=$2 which=${3-}
	n_rules=$((n_rules + 1))
	case $mutation in
	"without-$n_rules")	return ;;
	"other-$n_rules")
		kind=ANY
		if [ "$way" = 'a>b' ]; then way='b>a'; else way='a>b'; fi ;;
	esac
	rules["$way"]+="${matches[$kind]}${which:+ numgen inc mod 100000 offset 1 { $which \}} counter drop comment \"$kind${which:+ $which}\"
"
}

# sever DIRECTION [PORT]: from now on everything that goes that way is lost. mend DIRECTION: no longer.
sever() {
	local what='meta l4proto tcp'
	[ -z "${2-}" ] || what="tcp dport $2"
	n_cuts=$((n_cuts + 1))
	[ "$mutation" != "uncut-$n_cuts" ] || return 0
	in_wire nft insert rule netdev wire "from_${1%>*}" "$what" counter drop comment '"cut"'
}

mend() {
	count_losses
	in_wire nft flush chain netdev wire "from_${1%>*}"
	in_wire nft add rule netdev wire "from_${1%>*}" fwd to "${1#*>}"
}

# Adds what the rules have counted to $out/counters: WAY WHAT PACKETS.
count_losses() {
	in_wire nft list table netdev wire | awk '
		/chain from_a/ { way = "a>b" } /chain from_b/ { way = "b>a" }
		/counter packets/ { what = $0; sub(/.*comment "/, "", what); sub(/".*/, "", what); gsub(/ /, "_", what)
			sub(/.*counter packets /, ""); print way, what, $1 }' >>"$out/counters"
}

make_net() {
	ip -batch - <<-END || no "no namespaces"
		netns add a
		netns add b
		netns add wire
		link add veth netns a type veth peer name a netns wire
		link add veth netns b type veth peer name b netns wire
	END
	local ns me peer
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
	[ -z "${delay-}" ] || for ns in a b; do in_wire tc qdisc add dev $ns root netem delay "${delay}ms"; done
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

# --- what the ends do ---

# tune END NAME=VALUE…: sysctls below net.ipv4.
tune() {
	local end=$1 pair
	shift
	for pair; do
		nsenter --net="/run/netns/$end" bash -c "echo ${pair#*=} >/proc/sys/net/ipv4/${pair%%=*}" || no "$pair"
	done
}

# act END NAME STEP…: tcp's steps in the background; what it says goes to $out/NAME, and its status.
act() {
	local end=$1 name=$2
	shift 2
	nsenter --net="/run/netns/$end" tcp "$@" >>"$out/$name" 2>&1 &
	actor[$name]=$!
}

# slay NAME: kills one outright.
slay() {
	kill -9 "${actor[$1]}"
}

# server STEP…: listens at b; returns when it does.
server() {
	act b server backlog "${backlog:-4096}" listen "$B:7000" say ready "$@"
	until [ -s "$out/server" ]; do sleep 0.01; done
}

# client STEP…: connects from a; the scenario's time begins.
client() {
	t0=${EPOCHREALTIME/./}
	act a client bind "$A:4000" connect "$B:7000" "$@"
}

# destroy END: its namespace loses its name, and its capture ends.
destroy() {
	kill "${dump[$1]}"
	ip netns del "$1"
}

# The kind to come without waiting for the handshake.
start() {
	t0=${EPOCHREALTIME/./}
	act a client bind "$A:4000" start "$B:7000" "$@"
}

# stray END FLAGS SEQ ACK [BYTES]: a raw segment from END's port to the other's, that no socket sends; IPv4 only.
port=4000
stray() {
	local end=$1 here=10.0.0.1:$port there=10.0.0.2:7000
	shift
	[ "$end" = a ] || { here=10.0.0.2:7000 there=10.0.0.1:$port; }
	nsenter --net="/run/netns/$end" segment $here $there "$@" || no "segment $*"
}

# field END STATE NAME: a field of the connection of that end in that state.
field() {
	local port=7000
	[ "$1" = b ] || port=4000
	tcpscope ls -J -o local_port,"$3" state "$2" | jq -r "first(.connections[] | select(.local_port == $port)).$3"
}

# --- time ---

# at SECONDS: waits until then, since the scenario's time began.
at() {
	local s=${1%.*} f=0 left
	[[ $1 != *.* ]] || f=${1#*.}
	f=${f}000000
	left=$((t0 + 10#$s * 1000000 + 10#${f:0:6} - ${EPOCHREALTIME/./}))
	[ $left -le 0 ] || sleep "$((left / 1000000)).$(printf %06d $((left % 1000000)))"
}

# look NAME: what explain says now of the connections of both ends, those that are and those that were.
look() {
	local ours=(netns "$netns_a" or netns "$netns_b")
	echo "$1 $EPOCHREALTIME" >>"$out/looks"
	tcpscope explain --json "${ours[@]}" >"$out/$1.living" 2>>"$out/looks.errors"
	tcpscope explain --json --ended "${ours[@]}" >"$out/$1.ended" 2>>"$out/looks.errors"
	[ -z "$show" ] || {
		tcpscope explain -n "${ours[@]}"
		tcpscope explain -n --ended "${ours[@]}"
	} >"$out/$1.text" 2>/dev/null
}

# --- a staging ---

begin() {
	local end
	case $family in
	ipv4) A=10.0.0.1 B=10.0.0.2 ;;
	ipv6) A='[fd00::1]' B='[fd00::2]' ;;
	esac
	make_net
	for end in a b; do
		nsenter --net=/run/netns/$end tcpdump --immediate-mode -i veth -s 128 -U -w "$out/$end.pcap" tcp 2>"$out/$end.dump" &
		dump[$end]=$!
	done
	until [ -s "$out/a.pcap" ] && [ -s "$out/b.pcap" ]; do sleep 0.01; done
	netns_a=$(stat -Lc %i /run/netns/a) netns_b=$(stat -Lc %i /run/netns/b)
	printf '%s\n' "begin=$EPOCHREALTIME" "netns_a=$netns_a" "netns_b=$netns_b" >"$out/meta"
}

finish() {
	echo "stopped=$EPOCHREALTIME" >>"$out/meta"
	[ ! -e /run/netns/wire ] || count_losses
	kill "${actor[@]}" "${dump[@]}" 2>/dev/null
	wait "${actor[@]}" "${dump[@]}" 2>/dev/null
	ip -all netns delete
}

# In a shell of its own, so that nothing of a scenario outlives it.
stage() (
	staging=$1
	IFS=: read -r name family mutation <<<"$1"
	out=$all/$1
	mkdir -p "$out"
	declare -A rules actor dump
	n_rules=0 n_cuts=0
	# shellcheck source=/dev/null
	. "$lab/scenarios/$name"
	losses
	begin
	play
	finish
)

# What tcpdump calls a time of day and tcpscope calls CLOCK_MONOTONIC: their difference.
clocks() {
	local monotonic day
	monotonic=$(awk '/^now at/ { print $3; exit }' /proc/timer_list) day=$EPOCHREALTIME
	awk "BEGIN { printf \"offset=%.6f\n\", $day - $monotonic / 1e9 }" >"$all/clocks"
}

# Scenarios without rules have none.
losses() { :; }

show=''
[ "$1" != --show ] || { show=y; shift; }
mkdir -p "$all"
modprobe tcpscope || no "the module does not load"
tcpscope attach || no "the recorder does not attach"
tcpscope trace --json >"$all/trace" &
tracer=$!
until [ -s "$all/trace" ]; do timeout 0.1 tcp listen 127.0.0.1:7499 wait 1; done
clocks
for one; do
	stage "$one"
done
kill -INT $tracer
wait $tracer
tcpscope status >"$all/status"
tar -C "$all" -c .
