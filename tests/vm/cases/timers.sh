#!/bin/bash
# Every timer there is, armed for real: ls shows it, and ss, the wire or arithmetic say the same within 20 ms.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
for ns in c d; do ip netns add $ns; done
ip link add veth-c netns c type veth peer name veth-d netns d
for ns in c d; do ip -n $ns link set lo up && ip -n $ns link set veth-$ns up; done
ip -n c addr add 10.1.0.1/24 dev veth-c && ip -n d addr add 10.1.0.2/24 dev veth-d
for ns in c d; do ip netns exec $ns tc qdisc add dev veth-$ns root netem delay 500ms limit 10000; done
in_c() { nsenter --net=/run/netns/c "$@"; }
in_d() { nsenter --net=/run/netns/d "$@"; }

# expires NAME FILTER…: the milliseconds left of a timer, as ls tells; nothing if there is none.
expires() {
	local name=$1
	shift
	tcpscope ls --json exclude listening "$@" |
		jq -r --arg name "$name" '[.connections[].timers[] | select(.name == $name) | .expires_ms][0] // empty'
}

# ss_timer NS FILTER…: "KIND MS STEP" of the timer that ss shows; STEP ms is the least that it can tell.
ss_timer() {
	local ns=$1
	shift
	ip netns exec "$ns" ss -tanoH exclude listening "$@" | sed -n 's/.*timer:(\([a-z]*\),\([^,]*\),.*/\1 \2/p' | awk '
		{ text = $2; ms = 0; step = 1
		  if (match(text, /^[0-9]+min/)) { ms = 60000 * substr(text, 1, RLENGTH - 3); step = ms > 540000 ? 60000 : 1000
			text = substr(text, RLENGTH + 1) }
		  if (text ~ /sec$/) { ms += 1000 * (text + 0); if (text + 0 > 9) step = 1000 }
		  else if (text ~ /[.].*ms$/) { split(text, part, "."); ms += 1000 * part[1] + (part[2] + 0) }
		  else if (text ~ /ms$/) ms += text + 0
		  print $1, ms, step; exit }'
}

# look_thrice NAME NS FILTER…: ss, ls, ss again; once more if the timer fired or was set anew meanwhile.
look_thrice() {
	local name=$1 ns=$2
	shift 2
	for _ in 1 2 3 4; do
		read -r -a before <<<"$(ss_timer "$ns" "$@")"
		ms=$(expires "$name" "$@")
		read -r -a after <<<"$(ss_timer "$ns" "$@")"
		[ "${after[1]:-0}" -gt "${before[1]:-0}" ] || [ "${after[1]:-0}" = 0 ] || return
		sleep 0.3
	done
}

# agree NAME NS SS-KIND FILTER…: what ls tells lies between two looks of ss.
agree() {
	local name=$1 ns=$2 kind=$3 before after ms
	shift 3
	look_thrice "$name" "$ns" "$@"
	[ -n "$ms" ] || no "$name: ls does not show it: $(tcpscope ls --json "$@" | jq -c '[.connections[].timers]')"
	[ "${before[0]-}" = "$kind" ] && [ "${after[0]-}" = "$kind" ] ||
		no "$name: ss shows '${before[*]}' and '${after[*]}', not $kind"
	[ "$ms" -le $((before[1] + before[2] - 1 + 20)) ] && [ "$ms" -ge $((after[1] - 20)) ] ||
		no "$name: ls $ms ms, ss ${before[1]} ms before and ${after[1]} ms after"
	echo "$name: ls $ms ms, ss ${before[1]} … ${after[1]} ms"
}

# look FILE: what a process of tcp runs to have its own state looked at: the time, the list, the time.
cat >"$work/look" <<'LOOK'
date +%s%N >$1.before
tcpscope ls --json >$1.json
date +%s%N >$1.after
LOOK
look() { echo "sh $work/look $work/$1"; }

# seen NAME FILE PORT: the milliseconds left of a timer in such a look.
seen() {
	jq -r --arg name "$1" --argjson port "$3" '[.connections[] | select(.local_port == $port and .state != "listen") |
		.timers[] | select(.name == $name) | .expires_ms][0] // empty' "$work/$2.json"
}

# foretold NAME FILE PORT AT WHAT [STEP]: the timer of a look ends at that time, ms since 1970; or up to STEP ms
# later, which is what the kernel's timer wheel rounds up by.
foretold() {
	local ms before after
	ms=$(seen "$1" "$2" "$3")
	[ -n "$ms" ] || no "$1: ls does not show it: $(jq -c '[.connections[] | [.local_port, .timers]]' "$work/$2.json")"
	before=$(($(<"$work/$2.before") / 1000000)) after=$(($(<"$work/$2.after") / 1000000))
	[ "$4" -ge $((before + ms - 20)) ] && [ "$4" -le $((after + ms + ${6-0} + 20)) ] ||
		no "$1: ls $ms ms, $5: $(($4 - after)) … $(($4 - before)) ms"
	echo "$1: ls $ms ms, $5: $(($4 - after)) … $(($4 - before)) ms"
}

# sent NAME FILE PORT DUMP [DELAY [STEP]]: the timer of a look sends the first segment of DUMP (tcpdump -tt) after it, in
# time; DELAY ms pass between the sender and tcpdump.
sent() {
	local before first
	before=$(($(<"$work/$2.before") / 1000000))
	first=$(awk -v now="$before" -v delay="${5-0}" '{ ms = int($1 * 1000) - delay } ms > now + 1 && !/Flags \[S/ { print ms; exit }' "$work/$4")
	[ -n "$first" ] || no "$1: nothing was sent after the look: $(tail -3 "$work/$4")"
	foretold "$1" "$2" "$3" "$first" "sent after" "${6-0}"
}

# dump NS FILE EXPRESSION…: writes down what passes, until the case ends.
dump() {
	local ns=$1 file=$work/$2
	shift 2
	ip netns exec "$ns" tcpdump -i "veth-$ns" -n -tt -l "$@" >"$file" 2>"$file.err" &
	until_true grep -qs 'listening on' "$file.err"
}

drop_in b tcp sport '{ 4101, 4102 }' tcp flags '&' psh == psh
drop_in a tcp sport 7008
in_b tcp listen 10.0.0.2:7000 accept accept accept accept accept accept wait 3000 & listening 7000 in_b
in_b tcp listen 10.0.0.2:7004 set rcvbuf 4096 accept wait 3000 & listening 7004 in_b
in_b tcp listen 10.0.0.2:7007 accept eof close & listening 7007 in_b
in_b tcp listen 10.0.0.2:7008 wait 3000 & listening 7008 in_b

in_a tcp bind 10.0.0.1:4107 connect 10.0.0.2:7007 fin eof close
in_a tcp bind 10.0.0.1:4101 connect 10.0.0.2:7000 send 100 wait 3000 &
in_a tcp bind 10.0.0.1:4102 connect 10.0.0.2:7000 run "date +%s%N >$work/since" set keepidle 100 set keepalive 1 send 100 wait 3000 &
in_a tcp bind 10.0.0.1:4104 connect 10.0.0.2:7004 fill wait 3000 &
sleep 3
agree retransmit a on sport = :4101
agree probe0 a persist sport = :4104
tcpscope ls -o timers sport = :4104 | grep -q 'probe0 .* answered$' || no "the probes are answered: $(tcpscope ls -o timers sport = :4104)"

# ss shows the retransmit timer there, and hides the keepalive timer beside it: 100 s after the last segment received.
agree retransmit a on sport = :4102
sh "$work/look" "$work/beside"
foretold keepalive beside 4102 "$(($(<"$work/since") / 1000000 + 100000))" "100 s after it was set"

in_a tcp bind 10.0.0.1:4103 connect 10.0.0.2:7000 set keepidle 9 set keepalive 1 wait 3000 &
in_a tcp bind 10.0.0.1:4105 connect 10.0.0.2:7000 set linger2 8 close &
in_a tcp bind 10.0.0.1:4106 connect 10.0.0.2:7000 set linger2 69 close &
in_a tcp bind 10.0.0.1:4108 start 10.0.0.2:7008 wait 3000 &
sleep 1.5
agree keepalive a keepalive sport = :4103
agree finwait2 a timewait sport = :4105
agree finwait2 a keepalive sport = :4106
agree synack b on sport = :7008
sleep 10
agree finwait2 a timewait sport = :4106                 # the second form, after the first
ms=$(expires timewait sport = :4107)
sleep $(((ms - 8000) / 1000))
agree timewait a timewait sport = :4107

# An answer is held back, in the hope of data to go with it.
dump b delack src port 7009
in_b tcp listen 10.0.0.2:7009 accept recv 1 send 1 recv 1 run "$(look delack)" wait 3000 & listening 7009 in_b
in_a tcp bind 10.0.0.1:4109 connect 10.0.0.2:7009 send 1 recv 1 wait 1 send 1 wait 3000 &
until_true test -s "$work/delack.after"
sleep 0.5
sent delack delack 7009 delack

# 20,000 bytes a second, a pair of segments at a time.
dump a pacing src port 4110 and 'tcp[tcpflags] & tcp-push == 0 or greater 100'
in_a tcp bind 10.0.0.1:4110 connect 10.0.0.2:7000 set pacing 20000 send 50000 wait 0.5 run "$(look pacing)" wait 3000 &
until_true test -s "$work/pacing.after"
sleep 1
sent pacing pacing 4110 pacing

# A round trip takes a second: the loss probe waits for two, and for reordering a quarter is allowed for.
in_d nft add table inet drops && in_d nft add chain inet drops in '{ type filter hook input priority 0; }'
in_d nft add rule inet drops in tcp sport 4112 ip length 152 drop
in_d nft add rule inet drops in tcp sport 4113 ip length 163 drop
in_d sysctl -qw net.ipv4.tcp_comp_sack_delay_ns=1000000000
in_d tcp listen 10.1.0.2:7011 accept accept wait 3000 & listening 7011 in_d
in_d tcp listen 10.1.0.2:7013 accept recv 30000 wait 2 set quickack 0 wait 3000 & listening 7013 in_d
in_c tcp bind 10.1.0.1:4111 connect 10.1.0.2:7011 wait 2 send 100 run "touch $work/tlp" wait 3000 &
until_true test -e "$work/tlp"
agree tlp c on sport = :4111
dump c reorder src port 4112
in_c tcp bind 10.1.0.1:4112 connect 10.1.0.2:7011 set nodelay 1 wait 2 send 100 send 200 send 300 wait 1.01 \
	run "ss -tanoH sport = :4112 >$work/reorder.ss" run "$(look reorder)" wait 3000 &
until_true eval "sleep 1; test -s $work/reorder.after"
sleep 2
grep -q 'timer:(on,' "$work/reorder.ss" || no "reorder: ss: $(<"$work/reorder.ss")"
sent reorder reorder 4112 reorder 500 32                 # 250 ms go by steps of 8 ticks

# Four segments beyond a lost one: from the fourth on, the ACK waits for more to come.
dump d compack src port 7013
in_c tcp bind 10.1.0.1:4113 connect 10.1.0.2:7013 set nodelay 1 send 30000 wait 5 send 111 send 200 send 200 send 200 \
	send 200 send 200 send 200 send 200 wait 0.502 run "$(look compack)" wait 3000 &
until_true eval "sleep 1; test -s $work/compack.after"
sleep 2
sent compack compack 7013 compack 500

echo "11 kinds of timers, finwait2 and retransmit in both forms"
unmake_pair
for ns in c d; do ip netns del $ns; done
