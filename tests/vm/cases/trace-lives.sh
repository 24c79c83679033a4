#!/bin/bash
# 500 loopback connections under trace: 500 client and 500 server lives, each complete, none lost, and
# TIME-WAIT ends 60 s after it began.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

sysctl -qw net.ipv4.tcp_tw_reuse=0 # which is on for loopback
start_trace "$work/all" 'sport = :7500 or dport = :7500 or sport = :7499'
tcp listen 127.0.0.1:7500 serve 500 &
listening 7500

# The kernel's timer wheel rounds 60 s up to its next step of 512 ticks, so that TIME-WAIT lasts up to 2 s
# longer. Begin each hundred where that step comes right after their 60 s.
hz=250 # of Debian's kernels
wait_for_step() {
	local jiffies ticks
	jiffies=$(awk '/^jiffies:/ { print $2; exit }' /proc/timer_list)
	ticks=$(((488 - (jiffies + 60 * hz) % 512 + 512) % 512))
	sleep "$(awk "BEGIN { print $ticks / $hz }")"
}
for _ in {1..5}; do
	wait_for_step
	tcp cycle 100 127.0.0.1:7500 || no "the connections failed"
done
n=$(ss -tanH state time-wait dport = :7500 | wc -l)
[ $n = 500 ] || no "ss shows $n TIME-WAITs, not 500"
sleep 64
kernel_missed=$(awk '/^recursion_misses:/ { n += $2 } END { print n + 0 }' /proc/$trace/fdinfo/*)
stop_trace
jq -c 'select(.local_port != 7499)' "$work/all" >"$work/trace" || no "what trace wrote is not JSON"

# The kernel skips a hook that interrupts itself, and counts that. A life that lacks something for it says so,
# and all the others are complete.
missed=$(tail -1 "$work/all" | jq .missed)
[ "$missed" = "$kernel_missed" ] || no "missed $missed hooks, the kernel says $kernel_missed"
jq -cs 'def whole: all(.[].flags[]?; . != "gap" and . != "adopted");
	group_by(.cookie) | (map(select(whole))[][] | [ "whole", . ]), (map(select(whole | not))[] | [ "gap", .[0].peer_port ])' \
	"$work/trace" >"$work/sorted"
jq -c 'select(.[0] == "whole")[1]' "$work/sorted" >"$work/whole"
client_gaps=$(grep -c '^\["gap",7500\]' "$work/sorted") gaps=$(grep -c '^\["gap"' "$work/sorted")
[ "$gaps" -le "$missed" ] || no "$gaps lives lack something, $missed hooks were missed"
clients=$((500 - client_gaps)) servers=$((500 - gaps + client_gaps))

# The states a life went through, as "role: state state …", from the state events in their order.
jq -rs '[ .[] | select(.event == "state" and .to != "listen") ] | group_by(.cookie)[] |
	[ .[0].role + ":", .[].to ] | join(" ")' "$work/whole" | sort | uniq -c | sed 's/^ *//' >"$work/lives"
sort >"$work/expected" <<END
$clients active: syn_sent established fin_wait1 fin_wait2 time_wait
$servers passive: syn_recv established close_wait last_ack
END
diff -u "$work/expected" "$work/lives" >&2 || no "lives differ from what was done"

jq -rs '[ .[] | select(.event == "end" and .role != "listener") ] | group_by(.role)[] |
	"\(length) \(.[0].role) \([ .[].reason ] | unique | join(" ")) \([ .[].first_closer ] | unique | join(" "))"' \
	"$work/whole" | sort >"$work/ends"
sort >"$work/expected" <<END
$clients active timewait_expired local
$servers passive normal peer
END
diff -u "$work/expected" "$work/ends" >&2 || no "ends differ from what was done"

# From the two events' own times, not from the duration the recorder computed.
jq -es '[ .[] | select(.role == "active") ] | group_by(.cookie) |
	map((map(select(.event == "end"))[0].time_ns - map(select(.to == "time_wait" and .event == "state"))[0].time_ns) / 1e9) |
	{ least: min, most: max } | debug | .least > 59.9 and .most < 60.1' "$work/whole" >/dev/null 2>"$work/span" ||
	no "TIME-WAIT did not last 60 s: $(cat "$work/span")"
jq -es 'map(select(.event == "end" and .role == "active")) | map(.durations_us.time_wait / 1e6) |
	min > 59.9 and max < 60.1' "$work/whole" >/dev/null || no "the durations disagree with the events' times"

# Owners: the client is this shell's child, and no bystander.
[ "$(jq -r 'select(.event == "state" and .role == "active") | .comm' "$work/trace" | sort -u)" = tcp ] ||
	no "the owners of the client side are $(jq -r 'select(.role == "active") | .comm' "$work/trace" | sort -u)"
jq -es '.[-1] | .event == "lost" and .ring_full == 0 and .lives_full == 0 and .no_cookie == 0' "$work/trace" >/dev/null ||
	no "something was lost: $(tail -1 "$work/trace")"
