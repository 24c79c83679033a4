#!/bin/bash
# attach, attach --replace and detach killed at random moments leave nothing or a complete recorder, never
# half of one; and what a helper that was killed too has left is removed by whoever comes next.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

attached_hooks() { tcpscope status --json | jq '[ .hooks[] | select(.attached) ] | length'; }
settled() { [ -z "$(find /sys/fs/bpf -maxdepth 1 -name 'tcpscope_*')" ] && ! pgrep -x tcpscope >/dev/null; }

tcpscope attach || no "attach failed"
complete=$(attached_hooks)
[ "$complete" -gt 10 ] || no "only $complete hooks"
maps=$(find /sys/fs/bpf/tcpscope -type f ! -name 'hook_*' | wc -l)
tcpscope detach || no "detach failed"
[ -z "$(ls /sys/fs/bpf)" ] || no "detach left $(ls /sys/fs/bpf)"

# Nothing, or all of it. What comes and goes beside may be under way still.
check() {
	until_true settled
	if [ -e /sys/fs/bpf/tcpscope ]; then
		tcpscope status --json | jq -e --argjson n "$complete" '([ .hooks[] | select(.attached) ] | length == $n) and
			(.checks[] | select(.name == "recorder attached").ok)' >/dev/null || no "$1: not complete"
		[ "$(find /sys/fs/bpf/tcpscope -type f ! -name 'hook_*' | wc -l)" = "$maps" ] || no "$1: $(ls /sys/fs/bpf/tcpscope)"
	else
		[ -z "$(ls /sys/fs/bpf)" ] || no "$1: $(ls /sys/fs/bpf)"
	fi
}

# How long each takes, so that the moments are spread over all of it.
span() {
	local begin=${EPOCHREALTIME/./}
	"$@" || no "$* failed"
	echo $((${EPOCHREALTIME/./} - begin))
}
attach_us=$(span tcpscope attach)
replace_us=$(span tcpscope attach --replace)
detach_us=$(span tcpscope detach)

# killed RUN SPAN_US ARG…: the command, killed at a moment of its time.
killed() {
	local run=$1 span_us=$2 moment
	shift 2
	# most of the time goes by before the first pin: every other moment is of the last tenth
	moment=$(awk "BEGIN { srand($run); print ($run % 2 ? rand() : 0.9 + rand() * 0.12) * $span_us / 1e6 }")
	tcpscope "$@" 2>/dev/null &
	local pid=$!
	sleep "$moment"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	check "$* killed after $moment s"
}

nothing=0 whole=0
runs=${FULL:+20}
runs=${runs:-6}
for ((run = 1; run <= runs; run++)); do
	killed $run "$attach_us" attach
	if [ -e /sys/fs/bpf/tcpscope ]; then
		whole=$((whole + 1))
		tcpscope detach || no "detach failed after run $run"
	else
		nothing=$((nothing + 1))
	fi
	[ -z "$(ls /sys/fs/bpf)" ] || no "run $run left $(ls /sys/fs/bpf)"
done
for run in 21 22 ${FULL:+23 24 25 26}; do
	[ -e /sys/fs/bpf/tcpscope ] || tcpscope attach || no "attach failed"
	killed $run "$replace_us" attach --replace
	[ -e /sys/fs/bpf/tcpscope ] || no "run $run: --replace lost the recorder there was"
	killed $run "$detach_us" detach
done
echo "killed while attaching: $nothing times nothing was left, $whole times all of it"
[ $nothing -gt 0 ] && [ $whole -gt 0 ] || no "the moments were not spread"

# The worst: the helper is killed as well, while it pins or removes. The next command cleans up.
leave_half() {
	tcpscope attach || no "attach failed"
	mv /sys/fs/bpf/tcpscope "/sys/fs/bpf/tcpscope_$1"
	rm /sys/fs/bpf/tcpscope_"$1"/{lives,hook_connecting}
}
leave_half 4711
tcpscope detach 2>/dev/null && no "there was something to detach"
[ -z "$(ls /sys/fs/bpf)" ] || no "detach did not clean up: $(ls /sys/fs/bpf)"
leave_half 1
tcpscope attach || no "attach failed"
check "attach beside what was left"
[ "$(ls /sys/fs/bpf)" = tcpscope ] || no "attach did not clean up: $(ls /sys/fs/bpf)"
tcpscope detach || no "detach failed"

# A replacement that can't be loaded leaves the old one as it was.
tcpscope attach || no "attach failed"
before=$(stat -c %i /sys/fs/bpf/tcpscope/lives)
tcpscope attach --replace --keep-ended 16777216 2>"$work/err" && no "2 GiB hold 16777216 connections"
[ "$(wc -l <"$work/err")" = 1 ] && grep -q 'MiB.*smaller --keep-ended' "$work/err" || no "too little memory: $(cat "$work/err")"
[ "$(stat -c %i /sys/fs/bpf/tcpscope/lives)" = "$before" ] || no "a failed --replace took the old one off"
tcpscope attach --replace || no "--replace failed"
[ "$(stat -c %i /sys/fs/bpf/tcpscope/lives)" != "$before" ] || no "--replace left the old one"
[ "$(attached_hooks)" = "$complete" ] || no "--replace has $(attached_hooks) hooks"
tcpscope detach || no "detach failed"
[ -z "$(ls /sys/fs/bpf)" ] || no "detach left $(ls /sys/fs/bpf)"
