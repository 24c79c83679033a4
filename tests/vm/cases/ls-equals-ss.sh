#!/bin/bash
# ls --json has every connection that ss has, with equal addresses, ports and states, in every namespace.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
drop_in b tcp dport 81 tcp flags syn / syn,ack             # a: SYN-SENT
drop_in a tcp sport 82 tcp flags syn,ack / syn,ack         # a: SYN-SENT, b: SYN-RECV
in_b tcp listen 10.0.0.2:80 accept eof accept accept accept close use 4 wait 1000 &
in_b tcp listen 10.0.0.2:82 wait 1000 &
in_b tcp listen '[::]:90' accept accept wait 1000 &
in_b tcp listen '[fd00::2]:91' accept close wait 1000 &
until_true eval '[ "$(in_b ss -tlnH | wc -l)" = 4 ]'
in_a tcp connect 10.0.0.2:80 fin wait 1000 &               # a: FIN-WAIT-2, b: CLOSE-WAIT
sleep 0.2
in_a tcp connect 10.0.0.2:80 wait 1000 &                   # ESTAB
in_a tcp connect 10.0.0.2:80 wait 1000 &
sleep 0.2
in_a tcp connect 10.0.0.2:80 eof close wait 1000 &         # b: TIME-WAIT
in_a tcp start 10.0.0.2:81 wait 1000 &
in_a tcp start 10.0.0.2:82 wait 1000 &
in_a tcp connect 10.0.0.2:90 wait 1000 &                   # v4-mapped in b
in_a tcp connect '[fd00::2]:90' wait 1000 &
in_a tcp connect '[fd00::2]:91' close wait 1000 &
tcp listen 127.0.0.1:7000 connect 127.0.0.1:7000 accept wait 1000 &
sleep 1

for ns in a b; do
	ss_list ip netns exec $ns >"$work/ss"
	tcpscope ls --json -N $ns | ls_list >"$work/ls" || no "no valid document for $ns"
	diff -u "$work/ss" "$work/ls" >&2 || no "namespace $ns: ss (-) and tcpscope (+) differ"
	[ "$(wc -l <"$work/ss")" -ge 6 ] || no "namespace $ns has too few connections to compare"
done
for state in ESTAB SYN-SENT SYN-RECV CLOSE-WAIT FIN-WAIT-2 TIME-WAIT LISTEN; do
	{ ss_list in_a; ss_list in_b; } | grep -q "^$state " || no "the states made lack $state"
done

# From the initial namespace, without -N: its own connections and those of all others.
ss_list env >"$work/ss"
tcpscope ls --json | ls_list >"$work/ls" || no "no valid document"
[ -z "$(comm -23 "$work/ss" "$work/ls")" ] || no "missing: $(comm -23 "$work/ss" "$work/ls")"
all=$(($(ss_list env | wc -l) + $(ss_list in_a | wc -l) + $(ss_list in_b | wc -l)))
[ "$(wc -l <"$work/ls")" = $all ] || no "$(wc -l <"$work/ls") connections shown, ss has $all in all"
unmake_pair
