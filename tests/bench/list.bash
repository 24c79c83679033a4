# Lists of TIME-WAIT sockets. They last a minute: they are made, and listed, within one. To each address
# go fewer than connect() has even ports: it looks at all of these before it takes an odd one.
# shellcheck shell=bash

sysctl -qw net.ipv4.tcp_max_tw_buckets=1000000 net.ipv4.tcp_tw_reuse=0 net.ipv4.ip_local_port_range="1024 65000"
ulimit -n 65536
modprobe tcpscope || exit
bin=/sys/kernel/debug/tcpscope/connections.bin

# with_rss COMMAND…: leaves its peak memory, in KiB, in a file.
with_rss() { busybox time -f %M -o /tmp/rss "$@"; }

# measure NAME: prints a line for each way to list them; keeps the figures as NAME_ls, NAME_ss.
measure() {
	local n ls ss us
	n=$(awk '/^TCP:/ { for (i = 1; i < NF; i++) if ($i == "tw") print $(i + 1) }' /proc/net/sockstat)
	least with_rss cat $bin
	line "$n" 'cat connections.bin' "$us" "$(cat /tmp/rss)"
	least with_rss tcpscope ls; ls=$us
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "tcpscope shows $(wc -l </tmp/out) of $n"
	peak=$(cat /tmp/rss)
	line "$n" 'tcpscope ls' "$us" "$peak"
	took with_rss ss -tanoe; ss=$us
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "ss shows $(wc -l </tmp/out) of $n"
	line "$n" 'ss -tanoe' "$us" "$(cat /tmp/rss)"
	eval "$1_n=$n $1_ls=$ls $1_ss=$ss"
}

line() { printf '%7d sockets  %-20s %9d us %9s ns a socket  peak %6d KiB\n' "$1" "$2" "$3" "$(calc 0 "$3 * 1000 / $1")" "$4"; }

timewaits 5000 127.0.0.2 900
measure few
timewaits 20000 127.0.0.3 900
timewaits 20000 127.0.0.4 900
measure some
for host in {5..11}; do
	timewaits 22000 127.0.0."$host" 900
done
timewaits 1000 127.0.0.12 900
measure many
rm -f /tmp/out
# shellcheck disable=SC2154 # set by eval
{
	goal "cost of tcpscope ls in that of ss, $some_n sockets" "$(calc 4 "$some_ls / $some_ss")" 0.05
	goal "cost of tcpscope ls in that of ss, $many_n sockets" "$(calc 4 "$many_ls / $many_ss")" 0.05
	goal "cost a socket of $many_n in that of $few_n" "$(calc 3 "($many_ls / $many_n) / ($few_ls / $few_n)")" 1.2
	goal 'peak memory of tcpscope ls, KiB' "$peak" 16384
}
