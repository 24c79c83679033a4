#!/bin/bash
# timewait: counts as ss does, names who makes them, foretells their level and when the ports run out, and is right.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
in_a sysctl -qw net.ipv4.ip_local_port_range="10000 10999" net.ipv4.ip_local_reserved_ports=10990-10999
tcpscope timewait >"$work/out" || no "without a recorder it fails"
grep -q 'tcpscope attach' "$work/out" || no "it does not say what it lacks: $(cat "$work/out")"
tcpscope timewait --json | jq -e '.owners == null and .created_per_second == null and .time_wait == 0' >/dev/null ||
	no "without a recorder something is known"
tcpscope attach || no "attach failed"
for port in 81 82 83; do
	in_b tcp listen 10.0.0.2:$port serve 100000 &
	listening $port in_b
done

# clients N SECONDS PORT: N connections in a row by one process, each followed by a pause
clients() {
	local steps=() n
	for ((n = 0; n < $1; n++)); do steps+=(cycle 1 10.0.0.2:"$3" wait "$2"); done
	exec ip netns exec a tcp "${steps[@]}"
}
asked() { tcpscope timewait --json -N a "dport = :$1" >"$work/asked" || no "timewait failed"; }
get() { jq -r "$1" "$work/asked"; }
waiting() { in_a ss -tanH state time-wait "dport = :$1" | wc -l; }
now() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }
# within PERCENT GOT EXPECTED
within() { awk "BEGIN { exit !($2 >= $3 * (1 - $1 / 100) && $2 <= $3 * (1 + $1 / 100)) }"; }

# The level that a rate leads to, foretold after 15 seconds.
clients 1000 0.1 81 &
client=$!
sleep 15
asked 81
level=$(get .steady_state)
kill -STOP $client
asked 81
[ "$(get .time_wait)" = "$(waiting 81)" ] || no "counts $(get .time_wait), ss $(waiting 81)"
[ "$(get '.owners | length')" = 1 ] && [ "$(get '.owners[0].pid')" = $client ] ||
	no "not owned by $client: $(get '.owners')"
jq -e '.owners[0].comm == "tcp" and .owners[0].share == 1 and .first_closer.local == .time_wait and .server_side == 0 and
	.recorded == .time_wait and (.created_per_second["10s"] | . > 9 and . < 10.1) and .ports[0].never_exhausted and
	.ports[0].ports == 990 and .ports[0].used == .time_wait' "$work/asked" >/dev/null || no "$(cat "$work/asked")"
kill -CONT $client
sleep 60
seen=$(waiting 81)
echo "# level: foretold $level, seen $seen" >&2
within 5 "$level" "$seen" || no "that is not within 5 %"
asked 81
within 5 "$(get .steady_state)" "$seen" || no "in the steady state: $(get .steady_state)"
get '.advice[] | select(.advice == "tcp_fin_timeout") | .effect' | grep -q '^none on TIME-WAIT' || no "advice: $(get .advice)"
in_a sysctl -qw net.ipv4.tcp_fin_timeout=5
sleep 10
within 5 "$(waiting 81)" "$seen" || no "tcp_fin_timeout does something: $(waiting 81), not $seen"
kill $client
sleep 65

# When the ports run out, foretold when half of them are taken; and to whom it happens.
clients 2000 0.03 82 &
client=$!
until_true eval '[ "$(waiting 82)" -ge 100 ]'
until [ "$(waiting 82)" -ge 495 ]; do sleep 0.2; done
asked 82
begin=$(now) left=$(get '.ports[0].exhausted_in_ms')
[ "$(get '.no_port_left | length')" = 0 ] || no "too early: $(get .no_port_left)"
wait $client && no "the ports did not run out"
took=$(($(now) - begin))
echo "# ports: none left foretold in $left ms, seen after $took ms" >&2
within 10 "$left" $took || no "that is not within 10 %"
asked 82
jq -e --argjson pid $client '.ports[0].exhausted_in_ms == 0 and .ports[0].used == 990 and (.no_port_left | length) == 1 and
	(.no_port_left[0] | .pid == $pid and .comm == "tcp" and .count == 1 and .peer_port == 82 and .peer_address == "10.0.0.2" and
	.local_address == "10.0.0.1" and .last_ms_ago < 2000)' "$work/asked" >/dev/null || no "$(get '.ports, .no_port_left')"
tcpscope timewait | grep -q "^ *1 tcp/$client 10.0.0.1 10.0.0.2:82" || no "the table does not name $client"

# What it advises helps, as foretold.
get '.advice[] | select(.advice == "tcp_tw_reuse") | .effect' | grep -q '^with 1, ' || no "advice: $(get .advice)"
in_a sysctl -qw net.ipv4.tcp_tw_reuse=1
sleep 1.1
in_a tcp cycle 100 10.0.0.2:82 || no "with tcp_tw_reuse=1 no port is left either"
asked 82
jq -e '.ports[0].time_wait_reused and .ports[0].never_exhausted and .ended.reused >= 100' "$work/asked" >/dev/null ||
	no "reuse: $(get '.ports, .ended')"
in_a sysctl -qw net.ipv4.tcp_tw_reuse=0
in_a tcp cycle 1 10.0.0.2:82 2>/dev/null && no "a port is left after all"
get '.advice[] | select(.advice == "port range") | .effect' | grep -q '65535' || no "advice: $(get .advice)"
in_a sysctl -qw net.ipv4.ip_local_port_range="1024 65535"
in_a tcp cycle 100 10.0.0.2:82 || no "with a wider range no port is left either"
in_a sysctl -qw net.ipv4.ip_local_port_range="10000 10999"
in_a tcp cycle 1 10.0.0.2:82 2>/dev/null && no "a port is left after all"
in_a ip addr add 10.0.0.3/24 dev veth-a
in_a tcp bind 10.0.0.3:0 connect 10.0.0.2:82 close || no "another address has no port either"
sleep 65

# A server that closes first has the TIME-WAITs, and they cost no ports.
reactions='' n=50
for ((i = 0; i < n; i++)); do reactions+=' accept close'; done
# shellcheck disable=SC2086 # steps
(exec ip netns exec b tcp listen 10.0.0.2:84 $reactions wait 30) &
server=$!
listening 84 in_b
# shellcheck disable=SC2046 # steps
in_a tcp $(for ((i = 0; i < n; i++)); do echo connect 10.0.0.2:84 eof close; done)
tcpscope timewait --json 'sport = :84' >"$work/asked"
jq -e --argjson n $n --argjson pid $server '.time_wait == $n and .server_side == $n and (.destinations | length) == 0 and
	(.ports | length) == 0 and .owners[0].pid == $pid and (.listeners | length) == 1 and .listeners[0].local_port == 84 and
	.listeners[0].time_wait == $n and .first_closer.local == $n and ([.advice[].advice] | index("server side"))' \
	"$work/asked" >/dev/null || no "server: $(cat "$work/asked")"

# The other end closes first, as advised: nothing is left here.
in_b tcp listen 10.0.0.2:85 answer 20 &
listening 85 in_b
in_a tcp ask 20 10.0.0.2:85
[ "$(tcpscope timewait --json -N a 'dport = :85' | jq .time_wait)" = 0 ] || no "the client has TIME-WAITs all the same"
[ "$(tcpscope timewait --json -N b 'sport = :85' | jq .time_wait)" = 20 ] || no "the server has no TIME-WAITs"
tcpscope timewait --watch=1 --json 'sport = :84' >"$work/watched" &
watcher=$!
sleep 3.5
kill $watcher
[ "$(wc -l <"$work/watched")" -ge 3 ] || no "--watch printed $(wc -l <"$work/watched") documents"
jq -e .time_wait "$work/watched" >/dev/null || no "--watch --json printed no JSON"
kill $server
tcpscope detach
unmake_pair
