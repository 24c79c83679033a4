#!/bin/bash
# alone: a user's port with 10,000 (FULL: 100,000) accepted sockets, and groups of listeners in one bucket: no lock is held for long.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash
# shellcheck source-path=SCRIPTDIR source=hostile.bash
. /root/cases/hostile.bash

accepted=10000 listeners=1000
[ -z "${FULL-}" ] || accepted=100000 listeners=5000
for n in {0..3}; do
	ip link add crowd$n type dummy && ip link set crowd$n up || no 'no dummy interface'
done
: >"$work/said"
as_user crowd bound 300 127.0.0.1:6000 >>"$work/said" &
as_user crowd accepted $accepted 127.0.0.1:6000 >>"$work/said" &
# A device makes a group of its own, and not a bucket.
for n in {0..3}; do
	as_user crowd listeners $listeners 0.0.0.0:6001 crowd$n >>"$work/said" &
done
until_true eval 'sleep 10; is_ready 6'

fresh_longest
has_all "$closed" 3 6000 300
bounded_hold 'closed.bin'
# The kernel resets the orphans it has too many of.
there=$(ss -tanH state connected 'sport = :6000 or dport = :6000' | wc -l)
[ "$there" -ge $((accepted * 8 / 10)) ] || no "only $there sockets"
has_all "$connections" 2 6000 "$there"
shown=$(tcpscope ls -H -n state listening 'sport = :6001' | wc -l)
[ "$shown" = $((4 * listeners)) ] || no "$shown listeners of $((4 * listeners))"
tcpscope ls --json state listening 'sport = :6001' | jq -r '.connections[].cookie' | sort | uniq -d | grep -c . | grep -qx 0 || no 'a listener twice'
bounded_hold 'connections.bin'
