# What the hostile cases share; sourced after lib.bash.
# shellcheck shell=bash disable=SC2034

connections=/sys/kernel/debug/tcpscope/connections.bin
closed=/sys/kernel/debug/tcpscope/closed.bin
# In instructions, as in virtual time one takes a nanosecond.
most_hold=100000
# The children of this shell may open as many files; a user may not raise it.
ulimit -n 400000
ip link set lo up

# as_user COMMAND…: without any privilege.
as_user() { setpriv --reuid user --regid user --clear-groups "$@"; }

# in_one_bucket SCRIPT: by a user, in a network namespace of his own in which TCP's table of connections has one bucket.
in_one_bucket() {
	# shellcheck disable=SC2016 # the user's shell expands
	as_user unshare -Ur -n sh -c 'sysctl -qw net.ipv4.tcp_child_ehash_entries=1 && exec unshare -n sh -c "$1"' sh "
		ip link set lo up && ip route add default dev lo &&
		sysctl -qw net.ipv4.tcp_max_tw_buckets=200000 net.ipv4.ip_local_port_range='10000 60999' || exit
		$1"
}

# is_ready N: so many crowds have said so.
is_ready() { [ "$(grep -c ready "$work/said")" -ge "$1" ]; }

# fresh_longest: forgets the longest hold so far.
fresh_longest() { rmmod tcpscope && modprobe tcpscope || no 'the module does not load again'; }

# bounded_hold WHAT: prints the longest hold since then, and judges it.
bounded_hold() {
	local hold
	hold=$(sed -n 's/^# longest hold of a bucket.s lock: \([0-9]*\) ns/\1/p' /sys/kernel/debug/tcpscope/summary)
	echo "# $1: longest hold $hold instructions"
	[ "$hold" -le $most_hold ] || no "$1: a lock was held for $hold instructions, more than $most_hold"
}

# has_all FILE SNAPSHOTS PORT N: each snapshot has the N sockets with that port (or as many as the first had, if N is
# followed by a +), each once, and nothing twice.
has_all() {
	local stay
	census "$1" "$2" "$3" >"$work/census" || no "port $3: $(<"$work/census")"
	echo "# port $3: $(<"$work/census")"
	stay=$(sed -n 's/.*: \([0-9]*\) stay.*/\1/p' "$work/census")
	[ "$stay" = "$4" ] || { [[ $4 == *+ ]] && [ "$stay" -ge "${4%+}" ]; } || no "port $3: not $4: $(<"$work/census")"
}
