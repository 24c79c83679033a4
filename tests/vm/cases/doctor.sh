#!/bin/bash
# alone: doctor names each illness of connections that stay, whose it is and nothing else; each remedy cures it.
# shellcheck disable=SC2046 # steps are words
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash
# shellcheck source-path=SCRIPTDIR source=doctor.bash
. /root/cases/doctor.bash

make_pair
tcpscope attach || no "attach failed"
healthy a
healthy b

# TIME-WAITs near their limit
in_a sysctl -qw net.ipv4.tcp_max_tw_buckets=200
b listen 10.0.0.2:1000 serve 190; listening 1000 in_b
a cycle 180 10.0.0.2:1000 wait 1000; client=$pid
sleep 3
expect a time-wait ".level == \"warning\" and .value == 90 and .guilty[0].pid == $client"
in_a sysctl -qw net.ipv4.tcp_max_tw_buckets=20000
healthy a
end $client
sleep 65

# a narrowed port range
in_a sysctl -qw net.ipv4.ip_local_port_range="10000 10299"
b listen 10.0.0.2:1001 serve 100000; listening 1001 in_b
a cycle 400 10.0.0.2:1001; client=$pid
wait $client && no "the ports did not run out"
expect a ports ".level == \"critical\" and .value == 100 and .guilty[0].pid == $client and .guilty[0].peer_port == 1001"
in_a sysctl -qw net.ipv4.tcp_tw_reuse=1
a $(times 650 cycle 1 10.0.0.2:1001 wait 0.1)
sleep 62
healthy a
end $pid
in_a sysctl -qw net.ipv4.tcp_tw_reuse=2 net.ipv4.ip_local_port_range="32768 60999"
sleep 65

# an owner that only shuts down, and one that does not close
b listen 10.0.0.2:1002 $(times 20 accept) wait 10000; server=$pid; listening 1002 in_b
a $(times 20 connect 10.0.0.2:1002 fin) wait 10000; client=$pid
sleep 5
healthy a
healthy b
sleep 60
expect b close-wait ".value == 20 and .guilty[0].pid == $server and .guilty[0].oldest_ms > 60000 and .guilty[0].oldest_ms < 70000"
expect a fin-wait-2 ".value == 20 and .guilty[0].pid == $client"
# a recorder that came later can't tell for how long, before it is there for long enough; whose they are it finds out
tcpscope detach && tcpscope attach || no "attach failed"
sleep 50
healthy b
sleep 12
expect b close-wait ".value == 20 and .guilty[0].pid == $server"
end $server
healthy b
healthy a
end $client
sleep 65

# nobody accepts; and so SYNs get no answer
b backlog 5 listen 10.0.0.2:1003 run 'until [ -e /tmp/go ]; do sleep 0.2; done' $(times 20 accept close) wait 1000; server=$pid; listening 1003 in_b
clients=()
for i in {1..20}; do a connect 10.0.0.2:1003 eof close; clients+=("$pid"); done
sleep 5
expect b accept-queue ".level == \"critical\" and .guilty[0].pid == $server and .guilty[0].local_port == 1003 and .guilty[0].count == 6"
expect a syn-sent '.value >= 10 and .guilty[0].peer_address == "10.0.0.2" and .guilty[0].peer_port == 1003'
touch /tmp/go
sleep 10 # whoever's last ACK was dropped meanwhile never hears of it
end "${clients[@]}"
healthy b
healthy a
end $server
sleep 65

# a SYN flood; its answers are thrown away
b backlog 16 listen 10.0.0.2:1004 wait 1000; server=$pid; listening 1004 in_b
drop_in a tcp sport 1004
(for port in {20000..20999}; do ip netns exec a segment 10.0.0.1:$port 10.0.0.2:1004 S $port 0; done) &
flood=$!
sleep 1
expect b syn-recv ".level == \"critical\" and .guilty[0].pid == $server and .guilty[0].local_port == 1004"
end $flood
sleep 200
healthy b
end $server
undrop a

# a peer with a shut window
b listen 10.0.0.2:1005 accept wait 60 eof close wait 1000; server=$pid; listening 1005 in_b
a connect 10.0.0.2:1005 fill wait 1 fin wait 1000; client=$pid
sleep 5
healthy a
sleep 35
expect a zero-window ".value == 1 and .guilty[0].pid == $client and .guilty[0].peer_address == \"10.0.0.2\" and .guilty[0].peer_port == 1005
	and .guilty[0].oldest_ms > 10000"
sleep 60
healthy a
end $client $server
sleep 65

# a peer that is gone: with data on the way, and with FINs
b listen 10.0.0.2:1006 $(times 40 accept) wait 10000; server=$pid; listening 1006 in_b
a $(times 10 connect 10.0.0.2:1006) wait 2 $(for i in {0..9}; do echo use $i send 10; done) wait 1000; client=$pid
sleep 1
drop_in b tcp dport 1006
sleep 4
expect a retransmits ".value == 10 and .guilty[0].pid == $client and .guilty[0].peer_address == \"10.0.0.2\" and (.evidence | test(\"to one peer\"))"
undrop b
sleep 10
healthy a
sysctl -qw net.ipv4.tcp_max_orphans=100
a $(times 30 connect 10.0.0.2:1006) wait 2 $(for i in {0..29}; do echo use $i send 10 close; done) wait 1000; closer=$pid
sleep 1
drop_in b tcp dport 1006
sleep 3
expect a orphans ".value == 30 and .guilty[0].pid == $closer and .guilty[0].peer_address == \"10.0.0.2\" and .guilty[0].count == 30"
undrop b
sleep 20
healthy a
end $client $closer $server
sysctl -qw net.ipv4.tcp_max_orphans=8192
sleep 65

tcpscope detach
[ $failed = 0 ] || no "see above"
unmake_pair
