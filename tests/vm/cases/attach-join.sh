#!/bin/bash
# With the recorder attached and nothing reading, ls knows owner, role, first closer and age, also of TIME-WAIT.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

tcpscope attach || no "attach failed"
tcpscope attach 2>"$work/again" && no "a second attach was not refused"
[ "$(wc -l <"$work/again")" = 1 ] || no "the refusal is not one line: $(cat "$work/again")"
tcp listen 127.0.0.1:7100 accept eof wait 1000 &
server=$!
listening 7100
tcp connect 127.0.0.1:7100 wait 2 fin wait 1000 &
client=$!
sleep 3
tcpscope ls --json 'dport = :7100' >"$work/client" || no "ls failed"
jq -e --argjson pid $client '.connections | length == 1 and (.[0] | .state == "fin_wait2" and .role == "active" and
	.pid == $pid and .comm == "tcp" and .first_closer == "local" and
	.age_ms >= 2900 and .age_ms < 3500 and .state_age_ms >= 900 and .state_age_ms < 1500)' "$work/client" >/dev/null ||
	no "client side: $(cat "$work/client")"
tcpscope ls --json 'sport = :7100 and not state listening' >"$work/server"
jq -e --argjson pid $server '.connections | length == 1 and (.[0] | .state == "close_wait" and .role == "passive" and
	.pid == $pid and .first_closer == "peer")' "$work/server" >/dev/null || no "server side: $(cat "$work/server")"

# The server closes: the client's minisocket keeps the owner that the kernel itself forgets.
kill $server
until_true eval 'tcpscope ls -H state time-wait dport = :7100 | grep -q .'
tcpscope ls --json 'state time-wait and dport = :7100' |
	jq -e --argjson pid $client '.connections[0] | .pid == $pid and .comm == "tcp" and .inode == null' >/dev/null ||
	no "TIME-WAIT: $(tcpscope ls --json 'state time-wait and dport = :7100')"
tcpscope status >"$work/status" || no "status failed: $(cat "$work/status")"
tcpscope detach || no "detach failed"
[ ! -e /sys/fs/bpf/tcpscope ] || no "detach left pins behind"
tcpscope ls --json 'state time-wait and dport = :7100' |
	jq -e '.connections[0] | .pid == null and .comm == null and .role == null and .age_ms == null' >/dev/null ||
	no "without the recorder its fields are not null"
