#!/bin/bash
# real-time: rmmod 200 times while its files are read in a loop and connections come and go; nothing in dmesg.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

dmesg -c >/dev/null
tcp listen 127.0.0.1:7200 serve 1000000 &
listening 7200
sysctl -qw net.ipv4.tcp_max_tw_buckets=2000
( while tcp cycle 100 127.0.0.1:7200; do :; done ) &
files=(connections timers summary connections.bin)
( while :; do
	for file in "${files[@]}"; do
		cat /sys/kernel/debug/tcpscope/$file >"$work/$file" 2>/dev/null && [ -s "$work/$file" ] &&
			echo >>"$work/read-$file"
	done
done ) &
unloaded=0 busy=0
while [ $unloaded -lt 200 ]; do
	modprobe tcpscope || no "modprobe failed after $unloaded unloads"
	until rmmod tcpscope 2>/dev/null; do
		busy=$((busy + 1))
		[ $busy -lt 20000 ] || no "unloaded only $unloaded times in $busy attempts"
	done
	unloaded=$((unloaded + 1))
done
for file in "${files[@]}"; do
	[ "$(wc -l <"$work/read-$file")" -gt 20 ] || no "$file was hardly ever read while unloading"
done
[ $busy -gt 20 ] || no "rmmod met a reader only $busy times"
complaints=$(kernel_complaints)
[ -z "$complaints" ] || no "$complaints"
modprobe tcpscope
