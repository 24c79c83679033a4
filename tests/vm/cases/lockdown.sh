#!/bin/bash
# alone: under lockdown, integrity and then confidentiality, the files of the module still read.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

mount -t securityfs none /sys/kernel/security 2>/dev/null
lockdown=/sys/kernel/security/lockdown
[ -w "$lockdown" ] || no "this kernel has no lockdown"
tcp listen 127.0.0.1:6100 connect 127.0.0.1:6100 accept set keepalive 1 wait 9000 &
until_true eval '[ "$(tcpscope ls -H sport = :6100 | wc -l)" = 2 ]'

# reads LEVEL: every file has what it should; and lockdown is on, for a file that may be written to is refused.
reads() {
	local dir=/sys/kernel/debug/tcpscope
	grep -q '127.0.0.1 *6100' "$dir/connections" || no "$1: connections does not read"
	[ "$(wc -c <"$dir/connections.bin")" -ge $((32 + 3 * 168)) ] || no "$1: connections.bin does not read"
	grep -q keepalive "$dir/timers" || no "$1: timers does not read"
	grep -q ESTAB "$dir/summary" || no "$1: summary does not read"
	[ "$(tcpscope ls -H sport = :6100 | wc -l)" = 2 ] || no "$1: tcpscope ls"
}

for level in integrity confidentiality; do
	echo "$level" >"$lockdown" || no "lockdown=$level can't be set"
	grep -q "\[$level\]" "$lockdown" || no "lockdown is $(<"$lockdown")"
	! cat /sys/kernel/debug/sched/features >/dev/null 2>&1 || no "$level: debugfs is not locked down"
	reads "$level"
	echo "$level: all four files read, and ls"
done
