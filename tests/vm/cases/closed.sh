#!/bin/bash
# Sockets that have a port and neither listen nor connect: shown, each once, to who names their state, and to nobody else.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
# What is made, one "NETNS LOCAL" a line; whoever holds it tells the inodes.
expected=(127.0.0.1:5001 127.0.0.1:5002 '[::1]:5003' 0.0.0.0:5004 '[::]:5005')
steps=()
for local in "${expected[@]}"; do
	steps+=(bind "$local" open "${local%:*}:1")
done
tcp "${steps[@]}" bind 127.0.0.1:5006 listen 127.0.0.1:5007 connect 127.0.0.1:5007 wait 900 &
holder=$!
# 300 in one bucket of the table: more than the batch of a fresh walk has room for.
many=()
for _ in {1..300}; do
	many+=(bind 10.0.0.2:6000 open 10.0.0.2:1)
done
in_b tcp "${many[@]}" wait 900 &
in_a tcp bind 10.0.0.1:5001 open 10.0.0.1:1 wait 900 &
# A connection that is over and keeps its port, because it was asked for.
tcp bind 127.0.0.1:5008 connect 127.0.0.1:5007 disconnect wait 900 &
until_true eval 'ss -tanH | grep -q 127.0.0.1:5006'
sleep 1

closed() { tcpscope ls --json "$@" | jq -r '.connections[] | select(.state == "close") | "\(.local_address):\(.local_port) \(.inode)"' | sort; }

inodes() { stat -c %N /proc/$holder/fd/* | sed -n 's/.*socket:\[\([0-9]*\)\].*/\1/p'; }

closed state unconnected -N "$(stat -Lc %i /proc/self/ns/net)" >"$work/here"
printf '%s\n' 127.0.0.1:5001 127.0.0.1:5002 ::1:5003 0.0.0.0:5004 :::5005 127.0.0.1:5008 | sort >"$work/made"
cut -d' ' -f1 "$work/here" | diff "$work/made" - >&2 || no "made (<) and shown (>) differ"
for port in 5001 5002 5003 5004 5005; do
	inode=$(awk -v port=":$port" 'index($1, port) { print $2 }' "$work/here")
	inodes | grep -qx "$inode" || no "port $port: inode $inode is not the holder's"
done
[ "$(closed state closed -N a)" ] || no 'nothing of another namespace'
closed state closed -N a | grep -q '^10.0.0.1:5001 ' || no 'not in the other namespace'
[ "$(closed state closed -N b | sort -u | grep -c '^10.0.0.2:6000 ')" = 300 ] || no 'not 300 of one port'
[ "$(closed state all "sport = :5002" | wc -l)" = 1 ] || no 'not under state all'
[ -z "$(closed; closed exclude listening; closed sport = :5001)" ] || no 'shown to who did not ask'
[ -z "$(closed state connected; closed state established)" ] || no 'shown under another state'
if ss --help 2>&1 | grep -q bound-inactive; then
	ss -tanHB | awk '{ print $4 }' | sort >"$work/ss"
	tcpscope ls -H -n -o local state closed -N "$(stat -Lc %i /proc/self/ns/net)" | tr -d ' ' | sort | diff "$work/ss" - >&2 || no 'ss -B (<) and ls (>) differ'
fi
kill $holder
until_true eval '[ "$(closed state closed sport = :5001 and not src 10.0.0.1 | wc -l)" = 0 ]'
unmake_pair
