#!/bin/bash
# A network namespace is deleted and another gets its number: no command shows anything of the first for the second,
# and what is remembered of the first is still shown as the first's.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

# run_in NS STEPS…: a process there that stays; its number is in $pid
in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }
run_in() { (exec nsenter --net="/run/netns/$1" tcp "${@:2}") & pid=$!; }
number_of() { stat -Lc %i "/run/netns/$1"; }
end() { kill "$@" 2>/dev/null; wait "$@" 2>/dev/null; }
# cookies OPTION…: what ls shows, one socket cookie a line
cookies() { tcpscope ls --json "$@" >"$work/ls" 2>/dev/null || no "ls $* failed"; jq .connections[].cookie "$work/ls"; }

tcpscope attach || no "attach failed"

# Files that are none.
for file in /dev/null / /proc/self/ns/mnt; do
	tcpscope ls -N $file >"$work/out" 2>"$work/err"
	[ $? = 2 ] && grep -q "there is no network namespace '$file'" "$work/err" || no "-N $file: $(cat "$work/err" "$work/out")"
done

# A listener that drops, one that serves until the ports run out, a connection, and one refused; all of it ends.
ip netns add one && ip -n one link set lo up || no "no network namespace"
in_ns one sysctl -qw net.ipv4.ip_local_port_range="10000 10029"
number=$(number_of one)
run_in one backlog 0 listen 127.0.0.1:1000 wait 1000; processes=("$pid"); listening 1000 'in_ns one'
run_in one listen 127.0.0.1:1001 serve 100000; processes+=("$pid"); listening 1001 'in_ns one'
run_in one listen 127.0.0.1:1002 accept wait 1000; processes+=("$pid"); listening 1002 'in_ns one'
run_in one bind 127.0.0.1:3000 connect 127.0.0.1:1002 wait 1000; processes+=("$pid")
for n in {1..4}; do run_in one bind 127.0.0.1:400$n connect 127.0.0.1:1000 wait 1000; processes+=("$pid"); done
in_ns one tcp connect 127.0.0.1:1003 2>/dev/null && no "nobody listens there"
in_ns one tcp cycle 100 127.0.0.1:1001 2>/dev/null && no "the ports did not run out"
sleep 5
[ "$(tcpscope ls -N one -H state time-wait | wc -l)" -gt 20 ] || no "no TIME-WAITs: $(tcpscope ls -N one)"
tcpscope timewait --json -N one | jq -e '.no_port_left | length == 1 and .[0].count == 1' >/dev/null || no "no port is missing"
tcpscope ls --json -N one -o drops,overflows 'sport = :1000' | jq -e 'any(.connections[]; .overflows > 0)' >/dev/null ||
	no "the listener dropped nothing"
{ cookies -N one; cookies --ended -N one; } | sort -u >"$work/one"
tcpscope trace --json -N one >"$work/trace-one" &
trace=$!
sleep 1
end "${processes[@]}"
ip netns del one
cookies --ended -N "$number" | grep -q . || no "the number of what is gone shows nothing, though nobody else has it"

# The number goes to whoever asks next, once the kernel has taken the first one apart.
for n in {1..300}; do
	ip netns add two || no "no network namespace"
	[ "$(number_of two)" != "$number" ] || break
	ip netns del two
	sleep 0.1
done
[ "$(number_of two)" = "$number" ] || no "the number is not given out again"
echo "# number $number was given out again after $n tries" >&2
{ cookies; cookies --ended; } | sort -u >"$work/now"
comm -12 "$work/one" "$work/now" | grep -q . || no "nothing is remembered of what was"
ip -n two link set lo up
run_in two listen 127.0.0.1:1002 accept wait 1000; processes=("$pid"); listening 1002 'in_ns two'
run_in two bind 127.0.0.1:3000 connect 127.0.0.1:1002 wait 1000; processes+=("$pid"); client=$pid
in_ns two tcp connect 127.0.0.1:1004 2>/dev/null && no "nobody listens there"
sleep 2
stop_trace

# Those of two are what is not of one; shown for two are all of them, and none other.
jq '.cookie // empty' "$work/trace-one" | sort -u >"$work/traced"
tcpscope ls --json -N two -o cookie,pid | jq -e --argjson pid "$client" 'any(.connections[]; .pid == $pid)' >/dev/null ||
	no "two's client is not shown"
wrong=0
wrong() { printf '%s\n' "$*" >&2; wrong=1; }
# none_of_one WHAT: standard input has one socket cookie a line
none_of_one() {
	sort -u >"$work/shown"
	grep -q '[0-9]' "$work/shown" || wrong "$1: shows nothing"
	[ -z "$(comm -12 "$work/one" "$work/shown")" ] || wrong "$1: shows $(comm -12 "$work/one" "$work/shown" | wc -l) of one"
}
for which in "-N two" "-N $number" "netns two" "netns = $number"; do
	# shellcheck disable=SC2086 # words
	{
		cookies $which | none_of_one "ls $which"
		cookies --ended $which | none_of_one "ls --ended $which"
		cookies --ended --sort netns -o cookie,netns $which | none_of_one "ls --ended --sort netns $which"
		tcpscope explain --json $which 2>/dev/null >"$work/out"
		jq '.connections[] | .cookie, (.other_end.cookie // empty)' "$work/out" | none_of_one "explain $which"
		jq -e '.connections | length == 3 and ([.[].other_end.cookie // empty] | length == 2)' "$work/out" >/dev/null ||
			wrong "explain $which: $(jq -c '.connections[] | [.cookie, .state, .other_end]' "$work/out")"
		tcpscope explain --ended --json $which 2>/dev/null |
			jq '.connections[] | .cookie, (.other_end.cookie // empty)' | none_of_one "explain --ended $which"
		tcpscope timewait --json $which 2>/dev/null >"$work/out"
		jq -e '.time_wait == 0 and .fin_wait2 == 0 and .namespaces == [] and .no_port_left == [] and .destinations == [] and
			(.created_per_second | add) == 0 and .listeners == [] and all(.ports[]; .time_wait == 0 and .live_per_second >= 0) and
			.advice == []' "$work/out" >/dev/null || wrong "timewait $which: $(cat "$work/out")"
	}
done
for which in two "$number"; do
	tcpscope doctor --json -N "$which" >"$work/out" 2>/dev/null && status=0 || status=$?
	jq -e 'all(.checks[]; .level == "ok" and .guilty == []) and
		(.checks[] | select(.check == "handshakes") | .value == 1) and
		(.checks[] | select(.check == "ports") | .evidence | test("EADDRNOTAVAIL") | not)' "$work/out" >/dev/null && [ $status = 0 ] ||
		wrong "doctor -N $which, status $status: $(jq -c '.checks[] | [.check, .level, .value, .evidence]' "$work/out")"
done
# Whom trace was to show was one: nothing of two is, though it has the number.
[ -z "$(comm -13 "$work/one" "$work/traced")" ] || wrong "trace -N one shows two's: $(comm -13 "$work/one" "$work/traced" | paste -sd' ')"
[ -n "$(comm -12 "$work/one" "$work/traced")" ] || wrong "trace -N one showed nothing of one"
[ $wrong = 0 ] || no "see above"

# Which is which: by the cookies of the namespaces. And what was is not forgotten, nor is it two's.
tcpscope ls --json -N two >"$work/ls"
two=$(jq '[.connections[].netns_cookie] | unique | if length == 1 then .[0] else empty end' "$work/ls")
[ "${two:-null}" != null ] || no "two's cookie: $(cat "$work/ls")"
tcpscope ls --ended --json >"$work/ended"
jq -e --argjson two "$two" --argjson number "$number" '[.connections[] | select(.netns == $number)] | group_by(.netns_cookie) |
	length == 2 and (map(.[0].netns_cookie) | index($two)) and (map(length) | max) > 30' "$work/ended" >/dev/null ||
	no "ended: $(jq -c '.connections[] | [.cookie, .netns, .netns_cookie]' "$work/ended")"
one=$(jq --argjson two "$two" --argjson number "$number" 'first(.connections[] | select(.netns == $number and .netns_cookie != $two)) |
	.netns_cookie' "$work/ended")
cookies --ended "netns_cookie = $one" >"$work/shown"
[ "$(sort -u "$work/shown" | comm -23 - "$work/one" | wc -l)" = 0 ] && [ "$(wc -l <"$work/shown")" -gt 30 ] || no "netns_cookie $one: $(cat "$work/shown")"
[ "$(cookies --ended "not netns two and netns_cookie = $one" | wc -l)" = "$(wc -l <"$work/shown")" ] || no "not netns two"
tcpscope timewait --json >"$work/out"
jq -e --argjson one "$one" --argjson number "$number" '.no_port_left | length == 1 and .[0].netns == $number and .[0].netns_cookie == $one' \
	"$work/out" >/dev/null || no "who found no port: $(jq -c '.no_port_left, .namespaces' "$work/out")"
jq -e '[.namespaces[].name] | index("two") | not' "$work/out" >/dev/null || no "two has no TIME-WAIT: $(jq -c .namespaces "$work/out")"
tcpscope timewait >"$work/out"
grep -q "^ *1 tcp/.*127.0.0.1:1001 *$number (gone) " "$work/out" || no "timewait: $(cat "$work/out")"
grep -qw two "$work/out" && no "timewait takes one for two: $(cat "$work/out")"
tcpscope doctor --json >"$work/out"
jq -e --argjson one "$one" '.checks[] | select(.check == "ports") | .level == "critical" and .guilty[0].netns_cookie == $one' \
	"$work/out" >/dev/null || no "doctor: $(cat "$work/out")"
jq -e 'all(.checks[]; .evidence | test("not known how many") | not)' "$work/out" >/dev/null ||
	no "what is gone counts nothing any more: $(jq -c '.checks[].evidence' "$work/out")"

end "${processes[@]}"
ip netns del two
tcpscope detach
