#!/bin/bash
# ls --ended has the connections that are over, latest first, with reason, states, events and owner; of those
# that live, ls has the events; a ring of 8 keeps the last 8; status counts what was seen.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

tcpscope ls --ended 2>"$work/err" && no "without a recorder there is something that ended"
[ "$(cat "$work/err")" = "tcpscope: no recorder is attached, so nothing is remembered: tcpscope attach" ] ||
	no "without a recorder: $(cat "$work/err")"
sleep 65 # what other cases left in TIME-WAIT would end meanwhile
tcpscope attach --keep-ended 8 --max-connections 1024 || no "attach failed"
read -r attached_at _ </proc/uptime
[ "$(tcpscope ls --ended -H | wc -l)" = 0 ] || no "something has ended before it began"

tcp connect 127.0.0.1:7201 2>/dev/null && no "nobody listens there"
tcp listen 127.0.0.1:7200 accept eof wait 0.5 close wait 1000 &
listening 7200
tcp connect 127.0.0.1:7200 wait 1 fin eof close &
client=$!
sleep 0.5
tcpscope ls --json -o +events 'dport = :7200' >"$work/live" || no "ls failed"
jq -e '.connections[0].events | length == 2 and .[0].event == "state" and .[0].from == "close" and .[0].to == "syn_sent" and
	.[1].to == "established" and .[1].time_ns >= .[0].time_ns and .[1].time_ns - .[0].time_ns < 1e9' "$work/live" >/dev/null ||
	no "a live connection's events: $(cat "$work/live")"
tcpscope ls --json -o state,syns,drops,overflows 'sport = :7200' >"$work/listener"
jq -e '.connections | map(select(.state == "listen"))[0] | .syns == 1 and .drops == 0 and .overflows == 0' "$work/listener" \
	>/dev/null || no "the listener: $(cat "$work/listener")"
jq -e '.connections | map(select(.state != "listen"))[0] | .syns == null' "$work/listener" >/dev/null || no "no listener has syns"
wait $client || no "the client failed"
sleep 65

tcpscope ls --ended --json >"$work/ended" || no "ls --ended failed"
jq -e --argjson client $client '.connections | length == 3 and
	(map(.ended_ms_ago) | . == sort) and
	(.[0] | .reason == "timewait_expired" and .state == "time_wait" and .role == "active" and .pid == $client and
		.first_closer == "local" and .peer_port == 7200 and .resets_sent == 0 and .heir == null and
		.durations_us.time_wait > 59.9e6 and .durations_us.time_wait < 63e6 and .durations_us.fin_wait2 > 0.4e6 and
		(.age_ms - (.durations_us | add / 1000) | . > -2 and . < 2) and
		(.events | map(.to // .reason) == ["syn_sent", "established", "fin_wait1", "fin_wait2", "time_wait", "timewait_expired"]) and
		(.events[5].time_ns - .events[4].time_ns) / 1e6 - .durations_us.time_wait / 1e3 < 2) and
	(.[1] | .reason == "normal" and .role == "passive" and .first_closer == "peer" and .local_port == 7200) and
	(.[2] | .reason == "refused" and .resets_received == 1 and .peer_port == 7201 and .ended_ms_ago > 65000)' \
	"$work/ended" >/dev/null || no "ended: $(cat "$work/ended")"
tcpscope ls --ended -H reason refused | grep -q 'refused .*127.0.0.1:7201 ' || no "the table: $(tcpscope ls --ended)"
[ "$(tcpscope ls --ended -H age gt 30s | wc -l)" = 1 ] || no "filters do not work on what has ended"

# The ring goes round: the last 8, and no other.
for port in {7301..7320}; do tcp connect 127.0.0.1:$port 2>/dev/null; done
[ "$(tcpscope ls --ended -nHo pport | tr -d ' ' | paste -sd' ')" = "7320 7319 7318 7317 7316 7315 7314 7313" ] ||
	no "of 8: $(tcpscope ls --ended -nHo pport | paste -sd' ')"
tcpscope status --json >"$work/status"
jq -e '.recorder | .ends.refused == 21 and .ends.normal == 1 and .ends.timewait_expired == 1 and .resets.received == 21 and
	.max_connections == 1024 and .connections >= 1 and .connections <= 2 and .memory_bytes > 1e6 and .transitions > 30' \
	"$work/status" >/dev/null || no "status: $(jq -c .recorder "$work/status")"
read -r now _ </proc/uptime
jq -e "(.recorder.attached_ms / 1000) - ($now - $attached_at) | . > -1 and . < 1" "$work/status" >/dev/null ||
	no "attached at $attached_at, it is $now: not for $(jq .recorder.attached_ms "$work/status") ms"
tcpscope detach || no "detach failed"
