#!/bin/bash
# A reset that was sent carries the running kernel's name for why, where the kernel tells (since 6.10), else null.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

tcpscope attach || no "attach failed"
tcpscope trace --json 'dport = :7600 or sport = :7600' >"$work/trace" &
trace=$!
sleep 1
tcp listen 127.0.0.1:7600 accept wait 0.5 rst wait 1 &
listening 7600
tcp connect 127.0.0.1:7600 send 10 error >/dev/null
wait %2
sleep 1
kill -INT $trace
wait $trace
tcpscope ls --ended --json 'reason reset_sent' >"$work/ended"
tcpscope detach
# The tracepoint has a third argument, the reason, exactly where its enum is in the kernel's type information.
if grep -q sk_rst_reason /sys/kernel/btf/vmlinux; then want='test("^[a-z][a-z0-9_]+$")'; else want='. == null'; fi
jq -es "map(select(.event == \"reset\" and .kind == \"sent\")) | length == 1 and (.[0].reset_reason | $want)" "$work/trace" >/dev/null ||
	no "the reset sent: $(grep '"reset"' "$work/trace")"
jq -es 'map(select(.event == "reset" and .kind == "received")) | length == 1 and .[0].reset_reason == null' "$work/trace" >/dev/null ||
	no "the reset received: $(grep '"reset"' "$work/trace")"
jq -e ".connections[0] | .resets_sent == 1 and ([ .events[] | select(.event == \"reset\") ][0].reset_reason | $want)" "$work/ended" \
	>/dev/null || no "what is remembered of it: $(cat "$work/ended")"
