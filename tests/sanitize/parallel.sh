#!/bin/bash
# In the guest: parallel.sh SECONDS — see tests/sanitize/run.
# shellcheck source-path=SCRIPTDIR source=../vm/cases/lib.bash
. /root/cases/lib.bash
seconds=$1
dir=/sys/kernel/debug/tcpscope

clean() {
	local complaints
	complaints=$(kernel_complaints)
	[ -z "$complaints" ] || no "$1: $complaints"
}

# --- one allocation after the other fails ---

fail_allocations() {
	local knob file
	for knob in failslab fail_page_alloc; do
		echo 0 >/sys/kernel/debug/$knob/verbose
		echo N >/sys/kernel/debug/$knob/ignore-gfp-wait
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	tcp listen 127.0.0.1:7000 connect 127.0.0.1:7000 accept bind 127.0.0.1:7001 open 127.0.0.1:1 wait 900 &
	until_true eval 'ss -tnH | grep -q :7000'
	for file in connections.bin closed.bin connections timers summary; do
		failnth $dir/$file || no "$file"
		cat $dir/$file >/dev/null || no "$file can't be read afterwards"
	done
	kill $!
	rmmod tcpscope || no 'a failed read left the module in use'
	modprobe tcpscope
}

# --- all at once ---

# until_end NAME COMMAND…: does it over and over, and counts how often it succeeded.
until_end() {
	local name=$1
	shift
	while [ $SECONDS -lt "$seconds" ]; do
		"$@" 2>/dev/null && echo >>"$work/$name"
	done
}

read_files() {
	local file
	for file; do
		cat $dir/"$file" >"$work/out-$BASHPID" || return
	done
}

reload() {
	modprobe tcpscope
	sleep 0.3
	rmmod tcpscope
}

# A namespace with a connection in it, every other one with a table of its own.
come_and_go() {
	entries=$((entries ? 0 : 64))
	sysctl -qw net.ipv4.tcp_child_ehash_entries=$entries
	ip netns add here && ip -n here link set lo up
	ip netns exec here tcp listen 127.0.0.1:7100 connect 127.0.0.1:7100 accept wait 1
	ip netns del here
}

churn() {
	tcp cycle 200 127.0.0.1:7200
}

# Sockets with a port and no connection, gone at once.
bound() {
	# shellcheck disable=SC2046 # steps
	tcp $(for port in {7400..7450}; do echo bind 127.0.0.1:$port open 127.0.0.1:1; done)
}

modprobe tcpscope || exit
dmesg -c >/dev/null
dmesg -n 5 # a machine that hangs shows its console, with warnings
fail_allocations
clean 'a failing allocation'
sysctl -qw net.ipv4.tcp_max_tw_buckets=2000
tcp listen 127.0.0.1:7200 serve 100000000 &
listening 7200
entries=0 SECONDS=0
workers=()
start() {
	until_end "$@" &
	workers+=($!)
}
start reader-1 read_files connections.bin timers
start reader-2 read_files connections closed.bin summary
start unloaded reload
start namespaces come_and_go
start churn churn
start bound bound
wait "${workers[@]}"
modprobe -q tcpscope
for name in reader-1 reader-2 unloaded namespaces churn bound; do
	n=$(cat "$work/$name" 2>/dev/null | wc -l)
	printf '%s: %d times\n' $name "$n"
	[ "$n" -gt 3 ] || no "$name: hardly anything happened"
done
clean "$seconds seconds on $(nproc) processors"
echo "$seconds s on $(nproc) processors, Linux $(uname -r): nothing reported"
