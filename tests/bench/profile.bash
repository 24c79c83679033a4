# Where the recorder's cost lies: of each hook how often a cycle hits it, and what a hit takes, as the kernel counts it
# (kernel.bpf_stats_enabled; the two clock readings that go with it, and the way into the hook, are not the hook's).
# shellcheck shell=bash disable=SC2154 # ns, n: loads.bash
. /root/bench/loads.bash

hook_stats() { bpftool prog show -j | jq -r '.[] | select(.run_cnt) | "\(.name) \(.run_cnt) \(.run_time_ns)"' | sort; }

# profile LOAD WHAT: a line a hook, from the first of the load to the end of its last TIME-WAIT.
profile() {
	sleep 65
	hook_stats >/tmp/before
	"load_$1"
	sleep 65
	hook_stats >/tmp/after
	printf '%s, %s: %s ns a cycle with the counting\n%-28s %9s %9s %9s\n' "$1" "$2" "$ns" hook hits/cycle ns/hit ns/cycle
	awk -v n="$n" '
		FILENAME == "/tmp/before" { hits[$1] = $2; ns[$1] = $3; next }
		$2 > hits[$1] { print $1, $2 - hits[$1], $3 - ns[$1]; h += $2 - hits[$1]; t += $3 - ns[$1] }
		END { print "all", h, t }' /tmp/before /tmp/after |
		awk -v n="$n" '{ printf "%-28s %9.2f %9.0f %9.0f\n", $1, $2 / n, $3 / $2, $3 / n }' | sort -k4 -rn
	echo
}

tcpscope attach || exit
sysctl -qw kernel.bpf_stats_enabled=1
for load in cycle self; do
	profile $load 'no reader'
	tcpscope trace --json >/tmp/trace.json &
	trace=$!
	profile $load 'trace --json to a file'
	kill -INT $trace
	wait $trace
	rm /tmp/trace.json
done
sysctl -qw kernel.bpf_stats_enabled=0
tcpscope detach
