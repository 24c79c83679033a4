#!/bin/bash
# A ring of 4 KiB and a table of 64 lives under load: delivered + counted lost = what happened, exactly, but for
# hooks the kernel skipped, which are counted as it counts them.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

tcpscope attach --max-connections 64 --ring-bytes 4096 || no "attach failed"
start_trace "$work/trace"
n=1000
tcp listen 127.0.0.1:7700 serve $n &
listening 7700
tcp cycle $n 127.0.0.1:7700 || no "the connections failed"
sleep 70
stop_trace

# A client's end: SYN-SENT, ESTAB, FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT and the end; a server's: SYN-RECV, ESTAB,
# CLOSE-WAIT, LAST-ACK and the end. The listener: LISTEN and the end.
happened=$((n * 11 + 2))
delivered=$(jq -s 'map(select(.event != "lost" and (.local_port == 7700 or .peer_port == 7700))) | length' "$work/trace")
others=$(jq -s 'map(select(.event != "lost" and .local_port != 7700 and .peer_port != 7700)) | length' "$work/trace")
lost=$(tail -1 "$work/trace" | jq '.ring_full + .lives_full')
missed=$(tail -1 "$work/trace" | jq .missed)
kernel_missed=$(bpftool prog show -j | jq '[ .[].recursion_misses | numbers ] | add // 0')
[ "$missed" = "$kernel_missed" ] || no "missed $missed hooks, the kernel says $kernel_missed"
tail -1 "$work/trace" | jq -e '.ring_full > 0 and .lives_full > 0 and .no_cookie == 0' >/dev/null ||
	no "the load was no load: $(tail -1 "$work/trace")"
# The listeners opened while waiting for the trace have two events each; those are all delivered or lost too.
probes=$(jq -s '[ .[] | select(.local_port == 7499 and .event == "state") ] | length' "$work/trace")
# A hook the kernel skipped may have had an event to tell, or none.
hidden=$((happened - delivered - lost))
[ $hidden -ge 0 ] && [ $hidden -le "$missed" ] ||
	no "happened $happened, delivered $delivered of them and $others others, lost $lost ($(tail -1 "$work/trace")), $probes probes"
tcpscope detach

# A reader that is held up for longer than it has asked for: what it does not see is counted.
tcpscope attach || no "attach failed"
start_trace "$work/late"
kill -STOP "$trace"
sleep 5
tcp listen 127.0.0.1:7701 serve 50 &
listening 7701
tcp cycle 50 127.0.0.1:7701 || no "the connections failed"
kill -CONT "$trace"
sleep 1
stop_trace
tail -1 "$work/late" | jq -e '.ring_full >= 500' >/dev/null || no "held up: $(tail -1 "$work/late")"
tcpscope detach
