#!/bin/bash
# Each half works without the other: module and recorder, either alone, neither, by root and by nobody, for every
# command: exit status, what is shown, the line that says what is lacking; and what is counted is as ss has it.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

wrong=0
# expect WHO HALVES COMMAND STATUS STDERR STDOUT: '' stands for nothing at all there, '.' for anything, else for a
# pattern of what is there; stderr is one line at most.
expect() {
	local who=$1 halves=$2 command=$3 status as=() got
	[ "$who" = root ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	# shellcheck disable=SC2086 # a list of words
	timeout 20 "${as[@]}" tcpscope $command >"$work/out" 2>"$work/err"
	status=$?
	got="$who, $halves: tcpscope $command: status $status, stdout $(head -c 1500 "$work/out"), stderr $(cat "$work/err")"
	[[ $status =~ ^$4$ ]] && is_as "$work/err" "$5" && is_as "$work/out" "$6" && { [ "$5" = . ] ||
		[ "$(wc -l <"$work/err")" -le 1 ]; } || { printf '%s\n  expected %s, stderr %s, stdout %s\n' "$got" "${@:4}" >&2; wrong=1; }
}
is_as() { if [ -z "$2" ]; then [ ! -s "$1" ]; else [ "$2" = . ] || grep -qE -- "$2" "$1"; fi; }

tcp listen 127.0.0.1:7801 serve 1000000 & listening 7801
tcpscope attach || no "attach"
tcp listen 127.0.0.1:7802 accept eof close & listening 7802
tcp connect 127.0.0.1:7802 send 10 wait 100000 &
tcp cycle 20 127.0.0.1:7801

# What the commands that have something to show count, against ss.
counts() {
	local n
	n=$(ss -tanH state time-wait | wc -l)
	[ "$n" -gt 10 ] || no "only $n TIME-WAITs"
	[ "$(tcpscope --json 2>/dev/null | jq .states.time_wait)" = "$n" ] || no "$1: the overview counts other TIME-WAITs"
	[ "$(tcpscope timewait --json 2>/dev/null | jq .time_wait)" = "$n" ] || no "$1: timewait counts other TIME-WAITs"
	diff <(ss_list) <(tcpscope ls --json 2>/dev/null | ls_list) >"$work/diff" || no "$1: ls is not ss: $(cat "$work/diff")"
}

nobody() {
	local command
	for command in '' ls 'ls --ended' 'explain state established' doctor timewait 'trace -d 0.1'; do
		expect nobody "$1" "$command" 1 'sudo' ''
	done
	expect nobody "$1" status 0 '' .
}

half=both
expect root $half '' 0 '' '^[0-9]+ connections in 1 network namespace$'
expect root $half ls 0 '' '^ESTAB .*127.0.0.1:7802.*tcp/'
expect root $half 'ls --ended' 0 '' .
expect root $half 'explain dport = :7802 state established' 0 '' '^  established: '
expect root $half doctor '[03]' '' '^ok +losses '
expect root $half timewait 0 '' '^tcp/'
expect root $half 'trace -d 0.1' 0 . .
expect root $half status 0 '' '^recorder attached +yes'
nobody $half
counts $half

rmmod tcpscope
half='recorder alone'
expect root "$half" '' 1 'not loaded: modprobe' '^[0-9]+ connections in 1 network namespace; timers and queues are unknown'
expect root "$half" ls 1 'not loaded: modprobe' '^ESTAB .*127.0.0.1:7802.*tcp/'
expect root "$half" 'ls --ended' 0 '' .
expect root "$half" 'explain dport = :7802 state established' 0 '' 'lacking: the module is not loaded'
expect root "$half" doctor '[13]' 'not loaded: modprobe' '^unknown +accept-queue +not known without the module'
expect root "$half" timewait 1 'not loaded: modprobe' '^tcp/'
expect root "$half" 'trace -d 0.1' 0 . .
expect root "$half" status 0 '' '^module loaded +no'
nobody "$half"
counts "$half"
tcpscope --json 2>/dev/null | jq -e '.timers.retransmit == null and .states.listen == 2' >/dev/null || no "$half: timers are known, or listeners are not"
tcpscope doctor --json 2>/dev/null | jq -e '
	[.checks[] | select(.level == "unknown") | .check] | index("idle") and (index("time-wait") | not)' >/dev/null ||
	no "$half: other checks are unknown"

tcpscope detach
half=neither
for command in '' ls doctor timewait; do
	expect root $half "$command" 1 'not loaded: modprobe' ''
done
expect root $half 'ls --ended' 1 'no recorder is attached' ''
expect root $half 'explain state established' 1 'not loaded: modprobe tcpscope; and no recorder is attached' ''
expect root $half 'trace -d 0.1' 0 . .
expect root $half status 0 '' '^recorder attached +no'
nobody $half

modprobe tcpscope || no "modprobe"
half='module alone'
expect root "$half" '' 0 '' '; no recorder is attached'
expect root "$half" ls 0 '' '^ESTAB .*127.0.0.1:7802'
expect root "$half" 'ls --ended' 1 'no recorder is attached' ''
expect root "$half" 'explain dport = :7802 state established' 0 '' 'lacking: no recorder is attached'
expect root "$half" doctor '[03]' '' '^unknown +losses +no recorder is attached'
expect root "$half" timewait 0 '' 'tcpscope attach'
expect root "$half" 'trace -d 0.1' 0 . .
expect root "$half" status 0 '' '^recorder attached +no'
nobody "$half"
counts "$half"
[ $wrong = 0 ] || exit 1
