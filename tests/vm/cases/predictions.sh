#!/bin/bash
# A death foretold half-way comes true: the connection vanishes, and its owner gets that errno, when ls said.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
now_ms() { echo $(($(date +%s%N) / 1000000)); }

there() { nsenter --net="/run/netns/$1" ss -tanH exclude listening sport = ":$2" | grep -q .; }

# watch_end NS PORT AT: sleeps until shortly before it; writes "PORT MS", when the connection has vanished.
watch_end() {
	local ns=$1 port=$2 left=$(($3 - $(now_ms) - 400))
	[ "$left" -le 0 ] || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"
	there "$ns" "$port" || { echo "$port 0" >>"$work/vanished"; return; }
	for _ in {1..20}; do
		there "$ns" "$port" || break
		sleep 0.1
	done
	echo "$port $(now_ms)" >>"$work/vanished"
}

# foretell NS PORT: writes what ls tells of it now, "PORT NOW MS ERROR TIMER", and has it watched.
foretell() {
	local at before
	before=$(now_ms)
	at=$(tcpscope ls --json exclude listening sport = ":$2" | jq -r '
		[.connections[].timers[] | select(.gives_up_ms != null)] | min_by(.gives_up_ms) |
		"\(.gives_up_ms) \(.error) \(.name)"')
	[ -n "$at" ] && [ "${at%% *}" != null ] || no "port $2: nothing is foretold"
	echo "$2 $before $at" >>"$work/foretold"
	watch_end "$1" "$2" $((before + ${at%% *})) &
	watchers+=($!)
}
watchers=()

drop_in b tcp dport 7100                                    # SYNs
drop_in a tcp sport 7101                                    # SYN-ACKs
drop_in b tcp sport '{ 4102, 4103, 4104 }' tcp flags '&' '(fin|psh)' != 0
in_b tcp listen 10.0.0.2:7102 accept accept accept accept accept accept accept wait 9000 & listening 7102 in_b
in_b tcp listen 10.0.0.2:7101 wait 9000 & listening 7101 in_b

in_a tcp bind 10.0.0.1:4100 start 10.0.0.2:7100 error >"$work/error.4100" &
in_a tcp bind 10.0.0.1:4101 start 10.0.0.2:7101 wait 0.5 close &          # one SYN
in_a tcp bind 10.0.0.1:4102 connect 10.0.0.2:7102 close &          # an orphan's FIN
in_a tcp bind 10.0.0.1:4103 connect 10.0.0.2:7102 set user_timeout 60000 send 100 error >"$work/error.4103" &
in_a sysctl -qw net.ipv4.tcp_retries2=8
in_a tcp bind 10.0.0.1:4104 connect 10.0.0.2:7102 send 100 error >"$work/error.4104" &
in_a tcp bind 10.0.0.1:4107 connect 10.0.0.2:7102 set linger2 70 close &
in_a tcp bind 10.0.0.1:4108 connect 10.0.0.2:7102 set linger2 40 close &
in_a tcp bind 10.0.0.1:4106 connect 10.0.0.2:7102 set keepidle 30 set keepintvl 10 set keepcnt 4 set keepalive 1 \
	error >"$work/error.4106" &
sleep 6
foretell a 4107                                              # 20 s in all, as it is foretold after 6
sleep 15
foretell b 7101
foretell a 4108
foretell a 4103
drop_in b tcp sport 4106
sleep 25
for port in 4100 4102 4104 4106; do
	foretell a "$port"
done
wait "${watchers[@]}"

# The slack is what ls, jq and ss themselves take.
while read -r port before ms error name; do
	read -r _ vanished < <(grep "^$port " "$work/vanished")
	late=$((vanished - before - ms))
	echo "$port $name: foretold in $ms ms ($error), vanished $late ms after that"
	[ "$late" -ge -50 ] && [ "$late" -le 500 ] || no "port $port: foretold in $ms ms, $late ms off"
	[ ! -e "$work/error.$port" ] || [ "$(<"$work/error.$port")" = "$error" ] ||
		no "port $port: the owner got $(<"$work/error.$port"), not $error"
done <"$work/foretold"
[ "$(wc -l <"$work/foretold")" = 8 ] || no "not all was foretold"
