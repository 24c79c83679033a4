#!/bin/bash
# Stages scenarios in the lab machine: stage.bash [--show] SCENARIO:FAMILY[:MUTATION]…
# What each staging left behind goes to standard output as one tar archive, a directory a staging.
# shellcheck disable=SC2154 # rules, dump: network.bash has them
set -u
# shellcheck source-path=SCRIPTDIR source=network.bash
. /root/network.bash
lab=/root/lab
all=/root/out

# --- what is lost ---

# lose DIRECTION KIND [WHICH]: as drop. A mutation takes a rule away or turns it to the segments of the other
# direction with those numbers: the scenario must notice.
lose() {
	local way=$1 kind=$2
	n_rules=$((n_rules + 1))
	case $mutation in
	"without-$n_rules")	return ;;
	"other-$n_rules")
		kind=ANY
		if [ "$way" = 'a>b' ]; then way='b>a'; else way='a>b'; fi ;;
	esac
	drop "$way" "$kind" "${3-}"
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
	case $family in
	ipv4) A=10.0.0.1 B=10.0.0.2 ;;
	ipv6) A='[fd00::1]' B='[fd00::2]' ;;
	esac
	make_net "${delay-}"
	capture
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

# Scenarios without rules have none.
losses() { :; }

show=''
[ "$1" != --show ] || { show=y; shift; }
mkdir -p "$all"
start_recorder
tcpscope trace --json >"$all/trace" &
tracer=$!
until [ -s "$all/trace" ]; do timeout 0.1 tcp listen 127.0.0.1:7499 wait 1; done
clocks >"$all/clocks"
for one; do
	stage "$one"
done
kill -INT $tracer
wait $tracer
tcpscope status >"$all/status"
tar -C "$all" -c .
