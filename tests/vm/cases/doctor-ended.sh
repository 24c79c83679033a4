#!/bin/bash
# alone: doctor names idleness, resets, failed handshakes, want of memory and its own losses, and what cures them.
# shellcheck disable=SC2046 # steps are words
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash
# shellcheck source-path=SCRIPTDIR source=doctor.bash
. /root/cases/doctor.bash

make_pair
tcpscope attach || no "attach failed"
# idle for longer than allowed, with and without keepalive
b listen 10.0.0.2:1007 $(times 40 accept) wait 100000; server=$pid; listening 1007 in_b
a $(times 20 connect 10.0.0.2:1007 set keepalive 1) wait 100000; keeper=$pid
sleep 620
healthy a --set idle.age=10min
a $(times 20 connect 10.0.0.2:1007) wait 100000; client=$pid
sleep 500
healthy a --set idle.age=10min
sleep 110
expect a idle ".value == 20 and .guilty[0].pid == $client and .guilty[0].oldest_ms >= 600000 and .guilty[0].oldest_ms < 620000" --set idle.age=10min
healthy a
end $client $keeper $server
sleep 65

# resets, and handshakes that fail
b listen 10.0.0.2:1008 $(times 100 accept wait 0.02 rst) $(times 100 accept close) wait 1000; server=$pid; listening 1008 in_b
a $(times 100 connect 10.0.0.2:1008 error) wait 1000 >/dev/null; client=$pid
sleep 4
expect a resets ".guilty[0].pid == $client and .guilty[0].reason == \"reset_received\" and .guilty[0].count == 100"
expect b resets ".guilty[0].pid == $server and .guilty[0].reason == \"reset_sent\" and .guilty[0].count == 100"
end $client
sleep 10
a $(times 100 connect 10.0.0.2:1008 eof close); wait $pid
healthy a
healthy b
for i in {1..20}; do a connect 10.0.0.2:1009 2>/dev/null; wait $pid; done
expect a handshakes '.value == 20 and .guilty[0].reason == "refused" and .guilty[0].peer_port == 1009 and .guilty[0].peer_address == "10.0.0.2" and
	.guilty[0].count == 20'
b listen 10.0.0.2:1009 $(times 20 accept eof close) wait 100; other=$pid; listening 1009 in_b
sleep 61
for i in {1..20}; do a connect 10.0.0.2:1009 close; wait $pid || wrong "the listener does not help"; done
healthy a
end $server $other
sleep 65

# memory
read -r -a memory </proc/sys/net/ipv4/tcp_mem
b listen 10.0.0.2:1010 $(times 30 accept) wait 1000; server=$pid; listening 1010 in_b
a $(times 30 open 10.0.0.2:1010 set sndbuf 400000 reconnect 10.0.0.2:1010 fill) wait 1000; client=$pid
sleep 1
used=$(awk '/^TCP:/ { for (i = 1; i < NF; i++) if ($i == "mem") print $(i + 1) }' /proc/net/sockstat)
sysctl -qw net.ipv4.tcp_mem="$((used / 4)) $((used / 2)) $((used * 2))"
expect a memory ".level == \"critical\" and .value > 100 and .guilty[0].pid == $client"
sysctl -qw net.ipv4.tcp_mem="${memory[*]}"
healthy a
end $client $server
sleep 65

# losses of our own
tcpscope attach --replace --max-connections 64 || wrong "attach --replace failed"
b listen 10.0.0.2:1011 serve 200; server=$pid; listening 1011 in_b
in_a tcp cycle 200 10.0.0.2:1011
expect a losses '.value > 0 and (.evidence | test("lives_full"))'
tcpscope attach --replace || wrong "attach --replace failed"
healthy a
end $server
tcpscope detach
[ $failed = 0 ] || no "see above"
unmake_pair
