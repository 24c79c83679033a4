#!/bin/bash
# What is older than the recorder is adopted, with its owners, in every namespace; lives whose socket is gone are ended
# by --sweep, with the module and without it, and only these.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

lives() { tcpscope status -J | jq .recorder.connections; }
sockets() { local n; n=$( { ss -tanH; in_a ss -tanH; in_b ss -tanH; nsenter -t "$nameless" -n ss -tanH; } | wc -l); echo "$n"; }
make_pair
unshare -n sleep 10000 &
nameless=$!
until_true eval '[ "$(readlink /proc/$nameless/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
nsenter -t $nameless -n ip link set lo up

# A connection in each, and a TIME-WAIT.
pids=()
for enter in '' 'nsenter --net=/run/netns/a' "nsenter -t $nameless -n"; do
	$enter tcp listen 127.0.0.1:7900 accept wait 10000 & listening 7900 "$enter"
	$enter tcp connect 127.0.0.1:7900 wait 10000 &
	pids+=($!)
done
in_b tcp listen 10.0.0.2:7901 accept eof close & listening 7901 in_b
in_a tcp connect 10.0.0.2:7901 fin eof close
sleep 1
tcpscope attach 2>"$work/err" && [ ! -s "$work/err" ] || no "attach: $(cat "$work/err")"
[ "$(lives)" = "$(sockets)" ] || no "$(lives) lives, $(sockets) sockets"
tcpscope ls -J dport = :7900 >"$work/ls"
jq -e --argjson pids "$(printf '%s\n' "${pids[@]}" | jq -s sort)" '[ .connections[] | select(.flags | index("adopted")).pid ] | sort == $pids' \
	"$work/ls" >/dev/null || no "owners ${pids[*]}: $(jq -c '.connections[] | [.pid, .flags]' "$work/ls")"
tcpscope attach --sweep >"$work/out" 2>"$work/err" && [ ! -s "$work/err" ] || no "--sweep: $(cat "$work/err")"
grep -q " 0 ended" "$work/out" || no "it ended what exists: $(cat "$work/out")"
[ "$(lives)" = "$(sockets)" ] || no "after --sweep $(lives) lives, $(sockets) sockets"
tcpscope detach || no "detach failed"
tcpscope attach --sweep 2>"$work/err" && no "swept without a recorder"
grep -q 'tcpscope attach' "$work/err" || no "without a recorder: $(cat "$work/err")"

# Ends that nobody sees, and nobody looks after.
stale() {
	TCPSCOPE_WITHOUT_HOOKS=timewait_ends,start_guard tcpscope attach 2>/dev/null || no "attach without two hooks failed"
	in_b tcp listen 10.0.0.2:7902 serve 20 & listening 7902 in_b
	in_a tcp cycle 20 10.0.0.2:7902 || no "the connections failed"
	sleep 65
	stale=$(($(lives) - $(sockets)))
	[ $stale -ge 20 ] || no "$(lives) lives, $(sockets) sockets: nothing to end"
	tcpscope attach --sweep >"$work/out" 2>"$work/err" && [ ! -s "$work/err" ] || no "--sweep: $(cat "$work/err")"
	grep -q " $stale ended" "$work/out" || no "$1, $stale to end: $(cat "$work/out")"
	[ "$(lives)" = "$(sockets)" ] || no "$1: $(lives) lives, $(sockets) sockets"
	[ "$(tcpscope status -J | jq .losses.reconciled)" = $stale ] || no "$1: counted $(tcpscope status -J | jq .losses.reconciled)"
	[ "$(tcpscope ls --ended -H reason reconciled | wc -l)" = $stale ] || no "$1: $(tcpscope ls --ended -H)"
	tcpscope detach || no "detach failed"
}
stale 'with the module'
rmmod tcpscope
stale 'without the module'
modprobe tcpscope
