#!/bin/bash
# real-time: rmmod 200 times while its files are read in a loop and connections come and go; nothing in dmesg.
. /root/cases/lib.bash

dmesg -c >/dev/null
tcp listen 127.0.0.1:7200 serve 1000000 &
until_true eval 'ss -tlnH sport = :7200 | grep -q .'
sysctl -qw net.ipv4.tcp_max_tw_buckets=2000
( while tcp cycle 100 127.0.0.1:7200; do :; done ) &
for file in connections timers summary connections.bin; do
	( while :; do
		cat /sys/kernel/debug/tcpscope/$file >"$work/$file" 2>/dev/null && [ -s "$work/$file" ] && echo >>"$work/read-$file"
	done ) &
done
unloaded=0
for ((i = 0; unloaded < 200; i++)); do
	[ $i -lt 2000 ] || no "unloaded only $unloaded times in $i attempts"
	modprobe tcpscope || no "modprobe failed after $unloaded unloads"
	sleep 0.02
	rmmod tcpscope 2>/dev/null && unloaded=$((unloaded + 1))
	until_true eval 'rmmod tcpscope 2>/dev/null || ! grep -q "^tcpscope " /proc/modules'
done
for file in connections timers summary connections.bin; do
	[ "$(wc -l <"$work/read-$file")" -gt 20 ] || no "$file was hardly ever read while unloading"
done
complaints=$(kernel_complaints)
[ -z "$complaints" ] || no "$complaints"
modprobe tcpscope
