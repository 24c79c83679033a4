#!/bin/bash
# random_stage.bash SEED N: N connections in the lab machine, from 10.0.0.1:10001… to 10.0.0.2:20001…, each losing some
# of its segments by chance. Standard output is one tar archive: what tcpdump saw at both ends, what nftables dropped,
# and what explain says afterwards.
set -u
# shellcheck source-path=SCRIPTDIR source=network.bash
. /root/network.bash
seed=$1 n=$2
out=/root/out
mkdir -p $out
declare -A rules dump

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

# draw_rules PORT DIRECTION KIND…: what is lost of one connection's segments one way.
draw_rules() {
	local port=$1 way=$2 kind which
	shift 2
	for kind; do
		! draw "$kind" || drop "$way" "$kind" "$which" "$port"
	done
}

make_rules() {
	RANDOM=$seed
	local port
	for ((port = 10001; port <= 10000 + n; port++)); do
		draw_rules $port 'a>b' SYN ACK DATA FIN
		draw_rules $port 'b>a' SYN-ACK ACK DATA FIN
	done
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
start_recorder
clocks >$out/clocks
capture
: >$out/ready
for ((c = 1; c <= n; c++)); do play $((10000 + c)); done
sleep 150
kill -INT "${dump[@]}"
wait "${dump[@]}"
tcpscope ls -H exclude listening >$out/left
tcpscope explain --ended --json exclude listening >$out/both.json || no "explain failed"
tcpscope explain --ended --one-end --json exclude listening >$out/one.json || no "explain --one-end failed"
tcpscope status --json >$out/status.json
count_losses
tar -C $out -c .
