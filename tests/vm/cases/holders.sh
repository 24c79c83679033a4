#!/bin/bash
# A connection outlives the process that made it, in a child's hands: explain names who has it open, as ss -p does,
# says that its maker has ended, and asks the holder to close it.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

tcpscope attach || no "attach failed"
tcp listen 127.0.0.1:7700 accept accept wait 5 close use 1 close wait 1000 &
listening 7700
tcp connect 127.0.0.1:7700 connect 127.0.0.1:7700 run 'sleep 500 & sleep 500 &' wait 1 &
maker=$!
sleep 10
wait $maker
ss -tnpH state close-wait dport = :7700 >"$work/ss"
[ "$(wc -l <"$work/ss")" = 2 ] || no "ss: $(cat "$work/ss")"
sed -n '1s/.*users:(\(.*\))$/\1/p' "$work/ss" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -n >"$work/pids"
[ -s "$work/pids" ] || no "ss names nobody: $(cat "$work/ss")"
tcpscope explain -J state close-wait dport = :7700 >"$work/json"
jq -r '.connections[0].holders[] | .pid' "$work/json" | sort -n | cmp -s - "$work/pids" ||
	no "holders: $(jq -c '.connections[0].holders' "$work/json"), not $(paste -sd' ' "$work/pids")"
jq -e --argjson maker $maker '.connections | length == 2 and all(.[]; .pid == $maker and .maker_ended and all(.holders[]; .comm == "sleep"))' \
	"$work/json" >/dev/null || no "$(jq -c '.connections[] | [.pid, .maker_ended, .holders]' "$work/json")"
tcpscope explain state close-wait dport = :7700 >"$work/out"
grep -q '^  the owner has ended$' "$work/out" && grep -q "^  open in sleep/$(head -1 "$work/pids"), sleep/" "$work/out" &&
	grep -q "sleep/$(head -1 "$work/pids") has not closed ours" "$work/out" || no "$(cat "$work/out")"
pkill sleep
tcpscope detach
