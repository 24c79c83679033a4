#!/bin/bash
# alone: each hook left out in turn (a few unless FULL): lives stay with the sockets, nothing is shown that is not there.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

sysctl -qw net.ipv4.tcp_tw_reuse=0
lives() { tcpscope status -J | jq .recorder.connections; }
make_pair
drop_in b tcp dport 7713 tcp flags ack
n=100

# Closed by the client, by the server, by a RST; handshakes that are never completed; connects that are refused.
load() {
	in_b tcp listen 10.0.0.2:7711 serve $n & listening 7711 in_b
	in_a tcp cycle $n 10.0.0.2:7711 || no "$1: the connections failed"
	for ((i = 0; i < n / 10; i++)); do
		in_b tcp listen 10.0.0.2:7712 accept eof wait 0.01 rst & listening 7712 in_b
		in_a tcp connect 10.0.0.2:7712 send 10 wait 0.01 fin eof close 2>/dev/null
		in_a tcp connect 10.0.0.2:7714 2>/dev/null
	done
	in_b tcp listen 10.0.0.2:7713 wait 3 & listening 7713 in_b
	for ((i = 0; i < n / 10; i++)); do in_a timeout 0.2 tcp connect 10.0.0.2:7713 send 1 wait 1 2>/dev/null & done
	sleep 4
}

without() {
	local name=$1 sockets lives lacking
	TCPSCOPE_WITHOUT_HOOKS=$name tcpscope attach 2>"$work/err" || no "without $name attach failed: $(cat "$work/err")"
	grep -q "left out" "$work/err" || no "without $name attach said $(cat "$work/err")"
	lacking=$(tcpscope status -J | jq -r --arg name "$name" '.hooks[] | select(.name == $name) | select(.state == "not attached" and .costs != null).name')
	[ "$lacking" = "$name" ] || no "status does not say that $name lacks"
	load "$name"
	sleep 75
	sockets=$({ ss -tanH; in_a ss -tanH; in_b ss -tanH; } | wc -l)
	lives=$(lives)
	[ "$lives" -le $((sockets + (sockets + 99) / 100)) ] || no "without $name: $lives lives, $sockets sockets"
	rmmod tcpscope
	tcpscope ls -J >"$work/ls" 2>/dev/null
	modprobe tcpscope
	[ "$(jq '.connections | length' "$work/ls" 2>/dev/null || echo 0)" -le "$sockets" ] ||
		no "without $name ls shows $(jq -c '.connections[] | [.state, .local_port, .peer_port]' "$work/ls"), there are $sockets sockets"
	tcpscope detach || no "detach failed"
	echo "without $name: $lives lives, $sockets sockets"
}

hooks=$(tcpscope status -J | jq -r '.hooks[].name')
if [ -z "${FULL-}" ]; then
	hooks='set_state destroyed request_dropped timewait_ends connecting request_hashed sweep_sockets'
fi
for name in $hooks; do
	without "$name"
done
