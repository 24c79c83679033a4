#!/bin/bash
# explain on a connection older than the recorder, on one just gone, on a cookie that never was, and with the
# recorder or the module absent: it says what it knows, and what it lacks. Cookies are those of ss.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

# The cookie of a connection, by ss.
cookie() {
	local hex
	hex=$(ss -tneH dport = ":$1" | sed -n 's/.* sk:\([0-9a-f]*\).*/\1/p')
	echo $((16#$hex))
}

# The first verdict, and whether each of the words is in what is said.
says() {
	local verdict=$1 word
	shift
	[ "$(sed -n 's/^  \([a-z0-9_]*\): .*/\1/p' "$work/out" | head -1)" = "$verdict" ] || no "not $verdict: $(cat "$work/out" "$work/err")"
	for word; do
		grep -qF -- "$word" "$work/out" || no "'$word' is missing: $(cat "$work/out")"
	done
}

explain() { tcpscope explain "$@" >"$work/out" 2>"$work/err"; }

# It fails, with one line that has the words.
refuses() {
	local words=$1
	shift
	explain "$@" && no "explain $* did not fail"
	[ "$(wc -l <"$work/err")" = 1 ] && grep -qF -- "$words" "$work/err" || no "explain $* says: $(cat "$work/err")"
}

tcp listen 127.0.0.1:7600 accept wait 1000 &
listening 7600
tcp connect 127.0.0.1:7600 wait 10 fin wait 1000 &
until_true eval 'ss -tnH dport = :7600 | grep -q .'
older=$(cookie 7600)

explain dport = :7600 || no "explain fails without a recorder: $(cat "$work/err")"
says established 'unknown_beginning:' 'lacking: no recorder is attached' "cookie $older," 'no timer is armed'
refuses 'whether one had it is not known: no recorder is attached' 999999999
refuses 'no recorder is attached' --ended

tcpscope attach || no "attach failed"
explain "$older" || no "explain fails on a connection older than the recorder"
says established 'unknown_beginning:' 'older than the recorder: its beginning'
sleep 11
explain "$older"
says half_closed 'unknown_beginning:' 'older than the recorder: its beginning' 'no timer is armed'

# It comes and goes: the server's end is over at once, the client's after TIME-WAIT.
tcp listen 127.0.0.1:7601 accept eof close wait 1000 &
listening 7601
tcp connect 127.0.0.1:7601 wait 2 fin eof close &
until_true eval 'ss -tnH dport = :7601 | grep -q .'
young=$(cookie 7601)
explain "$young"
says established 'SYN-SENT -> ESTAB' "role active"
grep -q unknown_beginning "$work/out" && no "its beginning is known"
sleep 70
ss -tanH dport = :7601 | grep -q . && no "it is not gone"
explain "$young" || no "explain does not find what is just gone: $(cat "$work/err")"
says closed_in_order 'ended ' 'timewait_expired' "cookie $young,"
tcpscope explain --json "$young" | jq -e --argjson young "$young" '.recorder and .module and (.connections | length == 1) and
	(.connections[0] | .cookie == $young and .reason == "timewait_expired" and .verdicts[0].name == "closed_in_order" and
	.other_end.ended and (.lacking | length == 0) and all(.ladder[]; .fate == "arrived"))' >/dev/null ||
	no "as data: $(tcpscope explain --json "$young")"
refuses 'nor has one of those that ended last' 999999999
tcpscope explain --json 999999999 2>/dev/null | jq -e '.connections == [] and .losses.missed != null' >/dev/null || no "no document of nothing"

# A peer that repeats its SYN-ACK: what that means only the peer knows. Here it is nobody: its SYN-ACKs are made by hand.
nft add table inet drops
nft add chain inet drops in '{ type filter hook input priority 0; }'
nft add rule inet drops in tcp dport 7602 counter drop
tcp bind 127.0.0.1:7603 connect 127.0.0.1:7602 wait 1000 &
until_true eval 'ss -tnH dport = :7602 | grep -q .'
isn=$(tcpscope explain --json dport = :7602 | jq '.connections[0].ladder[0].seq')
segment 127.0.0.1:7602 127.0.0.1:7603 SA 1000 $((isn + 1))
until_true eval 'ss -tnH state established dport = :7602 | grep -q .'
explain dport = :7602
says established 'role active'
sleep 1
segment 127.0.0.1:7602 127.0.0.1:7603 SA 1000 $((isn + 1))
explain dport = :7602
says handshake_unconfirmed 'no room for it in its accept queue' 'syn or rst, challenged'
segment 127.0.0.1:7602 127.0.0.1:7603 PA 1001 $((isn + 1)) 10
explain dport = :7602
says established
nft delete table inet drops

rmmod tcpscope
explain "$older" || no "explain fails without the module"
says half_closed 'lacking: the module is not loaded' 'not known: without the module no timer is seen'
tcpscope detach
refuses 'the module is not loaded: modprobe tcpscope; and no recorder is attached' "$older"
modprobe tcpscope
