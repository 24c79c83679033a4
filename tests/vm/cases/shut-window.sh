#!/bin/bash
# A window that stays shut, and TCP_USER_TIMEOUT: at every moment of the wait ls tells, to 5 %, when the kernel ends it.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# mangle NS EXPRESSION…: changes segments that arrive in a namespace.
mangle() {
	local ns=$1
	shift
	ip netns exec "$ns" nft add table ip mangle 2>/dev/null
	ip netns exec "$ns" nft add chain ip mangle in '{ type filter hook input priority -10; }' 2>/dev/null
	ip netns exec "$ns" nft add rule ip mangle in "$@" || no "nft: $*"
}

# client PORT STEP…: connects and waits for the error; writes down when that was.
client() {
	local port=$1
	shift
	clients+=("$port")
	{
		in_a tcp bind "10.0.0.1:$port" connect "$@" error >"$work/error.$port"
		echo "$port $(now_ms)" >>"$work/dead"
	} &
	pids+=($!)
}
clients=() pids=()

keep=(set keepidle 5 set keepintvl 2 set keepalive 1)
accepts=()
for _ in {1..20}; do accepts+=(accept); done
in_b tcp listen 10.0.0.2:7101 set rcvbuf 4096 "${accepts[@]}" wait 90000 & listening 7101 in_b    # is sent more than it takes
in_b tcp listen 10.0.0.2:7102 "${accepts[@]}" wait 90000 & listening 7102 in_b

# gone PORT: a step after which the client hears no more of its peer.
gone() { echo "nft add rule inet drops in tcp dport $1 drop"; }
drop_in a tcp dport 4099

# 410n and 411n: zero window probes; 420n and 421n: data in flight when the window shuts; 4x0n is answered, 4x1n is
# not. 430n: nothing to send, and no answer. n = 0, 1, 2 by the user timeout; a keepalive timer runs beside the last.
for n in 0 1 2; do
	set_it=(set user_timeout "$(cut -d' ' -f$((n + 1)) <<<'10000 60000 3600000')")
	[ $n != 2 ] || set_it+=("${keep[@]}")
	client 410$n 10.0.0.2:7101 "${set_it[@]}" fill
	client 411$n 10.0.0.2:7101 "${set_it[@]}" fill wait 0.15 run "$(gone 411$n)"
	# Linux 6.1 sends a segment each jiffy from then on, for 1000 / HZ as long: an hour of it is too much here.
	[[ $n = 2 && $(uname -r) = 6.1.* ]] ||
		client 420$n 10.0.0.2:7102 "${set_it[@]}" wait 1 send 100
	client 421$n 10.0.0.2:7102 "${set_it[@]}" wait 1 send 100 wait 0.05 run "$(gone 421$n)"
	client 430$n 10.0.0.2:7102 "${set_it[@]}" "${keep[@]}" run "$(gone 430$n)"
done
client 4401 10.0.0.2:7102 set user_timeout 14400000 wait 1 send 100     # 4 h, with the window open
sleep 0.5
# From now on the answers of 7102 shut the window; data does not reach it, it answers that it has received old data.
mangle a tcp sport 7102 tcp dport 4200-4299 tcp window set 0
mangle b tcp dport 7102 tcp sport 4200-4299 ip length gt 60 tcp sequence set 1
drop_in b tcp sport 4401 ip length gt 60
sleep 2.5
echo "$(now_ms)" >"$work/start"

# look: writes "PORT NOW MS TIMER" of every connection that is left.
look() {
	local at
	at=$(now_ms)
	tcpscope ls --json exclude listening sport ge :4100 sport lt :4500 | jq -r --arg at "$at" '.connections[] |
		select(.state == "established") | "\(.local_port) \($at) " +
		([.timers[] | select(.gives_up_ms != null)] | min_by(.gives_up_ms) | "\(.gives_up_ms) \(.name)")' >>"$work/looks"
}

# Seconds since the start; 8640 s are 2.4 h.
for second in 0 1 2 3 4 5 6 7 8 9 12 18 25 32 40 48 54 57 59 61 80 120 160 200 230 300 600 1200 2000 2900 3500 3590 \
	8640 12000 14000; do
	left=$(($(<"$work/start") + second * 1000 - $(now_ms)))
	[ "$left" -le 0 ] || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"
	look
done
wait "${pids[@]}"

# Within 5 % of what is foretold, and of what ls itself takes.
awk '
	FILENAME ~ /dead/ { dead[$1] = $2; next }
	!($1 in dead) { print $1 ": did not die"; bad = 1; next }
	$3 == "null" || $3 == "" { print $1 ": nothing is foretold " dead[$1] - $2 " ms before"; bad = 1; next }
	{
		off = dead[$1] - $2 - $3
		n[$1]++; name[$1] = $4
		if ($3 > 5000 && (off < 0 ? -off : off) / $3 > worst[$1]) worst[$1] = (off < 0 ? -off : off) / $3
		if ((off < 0 ? -off : off) > $3 * 0.05 + 300) {
			print $1 " " $4 ": foretold in " $3 " ms, died " off " ms after that"; bad = 1
		}
	}
	END {
		for (port in dead) {
			printf "%s %s: %d looks, %.2f %% off at most\n", port, name[port], n[port], 100 * worst[port]
			if (n[port] < 5) { print port ": too few looks"; bad = 1 }
		}
		exit bad
	}' "$work/dead" "$work/looks" >"$work/verdict" || no "$(<"$work/verdict")"
sort "$work/verdict"
for port in "${clients[@]}"; do
	[ "$(<"$work/error.$port")" = ETIMEDOUT ] || no "$port: its owner got $(<"$work/error.$port")"
done
look_ms=$(awk '$1 == 4401 && n++ == 32 { print $3 }' "$work/looks")
echo "4 h of user timeout: $look_ms ms left after 2.4 h"
unmake_pair
