#!/bin/bash
# Who closed, who reset, and with what: a FIN that waits behind data has closed nothing; data after close(), a full
# accept queue and a minisocket draw a RST of this end's; an ICMP error ends a request.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
sysctl -qw net.core.wmem_max=4000000
tcpscope attach || no "attach failed"

# is PORT ROLE JQ: the connection of that port and role that ended last is so.
is() {
	local side=local one
	[ "$2" = active ] && side=peer
	one=$(tcpscope ls --ended -J | jq -c "[ .connections[] | select(.role == \"$2\" and .${side}_port == $1) ][0]")
	jq -e "$3" <<<"$one" >/dev/null || failed+=("$1 $2: not $3: $one")
}
# live PORT JQ: the client's end, which is there, is so; and what is said of it.
live() {
	local one
	one=$(in_a tcpscope explain -J dport = ":$1" | jq -c '.connections[0]')
	jq -e "$2" <<<"$one" >/dev/null || failed+=("$1 now: not $2: $one")
}
failed=()

# Data in FIN-WAIT-1: our FIN does not reach b, whose data reaches us.
in_b tcp listen 10.0.0.2:2001 accept wait 2 send 10 wait 1000 & listening 2001 in_b
in_a tcp connect 10.0.0.2:2001 wait 1 run 'ip netns exec b nft add table inet cut; ip netns exec b nft add chain inet cut in "{ type filter hook input priority 0; }"; ip netns exec b nft add rule inet cut in tcp dport 2001 drop' close
# Data for a minisocket in FIN-WAIT-2.
in_b tcp listen 10.0.0.2:2002 accept eof wait 1 send 10 wait 1000 & listening 2002 in_b
in_a tcp connect 10.0.0.2:2002 close
# Data for a full socket in FIN-WAIT-2, which has no patience.
in_b tcp listen 10.0.0.2:2003 accept wait 1000 & listening 2003 in_b
in_a tcp connect 10.0.0.2:2003 set linger2 -1 close
sleep 3

# A full accept queue resets.
in_b sysctl -qw net.ipv4.tcp_abort_on_overflow=1
in_b tcp backlog 4 listen 10.0.0.2:2004 wait 1000 & listening 2004 in_b
in_b tc qdisc add dev veth-b root netem delay 100ms || no "tc: netem"
server=10.0.0.2:2004
in_a tcp start $server start $server start $server start $server wait 0.5 start $server start $server start $server wait 1000 \
	>/dev/null 2>&1 &
sleep 1
in_b tc qdisc del dev veth-b root
in_b sysctl -qw net.ipv4.tcp_abort_on_overflow=0
# It drops SYNs as well, and no firewall does.
in_a tcp start $server wait 5 >/dev/null 2>&1 &
sleep 2
in_a tcpscope explain -J state syn-sent dport = :2004 | jq -e '.connections[0].verdicts[0].name == "listener_full"' >/dev/null ||
	failed+=("2004, a SYN: $(in_a tcpscope explain state syn-sent dport = :2004)")

# An ICMP error that a request can't survive.
in_a nft add table inet deny
in_a nft add chain inet deny in '{ type filter hook input priority 0; }'
in_a nft add rule inet deny in tcp sport 2005 reject with icmp type host-unreachable || no "nft: reject"
in_b tcp listen 10.0.0.2:2005 wait 1000 & listening 2005 in_b
in_a tcp start 10.0.0.2:2005 wait 1 &
sleep 2

# A slow link: the FIN waits behind data, and the peer resets, or closes, or does nothing until it is out.
in_a tc qdisc add dev veth-a root tbf rate 1mbit burst 4kb limit 20kb || no "tc: tbf"
in_b tcp listen 10.0.0.2:2006 accept wait 2 rst wait 1000 & listening 2006 in_b
in_a tcp connect 10.0.0.2:2006 set sndbuf 1000000 send 500000 close
sleep 1
live 2006 '.state == "fin_wait1" and .first_closer == null and all(.ladder[]; .kind != "fin") and
	all(.verdicts[]; .name | IN("fin_lost", "fin_unacknowledged") | not)'
sleep 4
is 2006 active '.first_closer == "peer" and .reason == "reset_received"'
in_b tcp listen 10.0.0.2:2007 accept wait 1 fin eof close & listening 2007 in_b
in_a tcp connect 10.0.0.2:2007 set sndbuf 1000000 send 500000 fin wait 3 run true eof close &
sleep 2
live 2007 '.state == "closing" and .first_closer == "peer" and all(.ladder[]; .kind != "fin" or .from_peer) and
	all(.verdicts[]; .name | IN("fin_lost", "simultaneous_close") | not)'
sleep 70
is 2007 active '.first_closer == "peer"'

# Corked data leaves by the timer of the window probe.
in_b tcp listen 10.0.0.2:2008 accept eof close & listening 2008 in_b
in_a tcp connect 10.0.0.2:2008 set cork 1 send 10 wait 2 fin eof close
sleep 1

is 2001 active '.reason == "reset_sent" and .resets_sent == 1 and .resets_received == 0'
is 2002 active '.reason == "reset_sent" and .resets_sent == 1'
is 2003 active '.reason == "reset_sent" and .resets_sent == 1'
is 2004 passive '.reason == "reset_sent" and .resets_sent == 1 and .first_closer == "local"'
is 2005 passive '.reason == "unreachable"'
is 2008 passive '.reason == "normal"'
sleep 65
is 2008 active '.retransmits.probe == 0 and .reason == "timewait_expired"'
[ ${#failed[@]} = 0 ] || no "$(printf '%s\n' "${failed[@]}")"
tcpscope detach
unmake_pair
