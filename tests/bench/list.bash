# Lists of TIME-WAIT sockets. They last a minute: they are made, and listed, within one. To each address
# go fewer than connect() has even ports: it looks at all of these before it takes an odd one.
# shellcheck shell=bash

allow_timewaits
modprobe tcpscope || exit
bin=/sys/kernel/debug/tcpscope/connections.bin

# measure NAME: prints a line for each way to list them; keeps the figures as NAME_ls, NAME_ss.
measure() {
	local n ls ss us
	n=$(count_timewaits)
	least busybox dd if=$bin of=/dev/null bs=160k 2>/dev/null
	line "$n" 'read connections.bin' "$us" 0
	least tcpscope ls; ls=$us
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "tcpscope shows $(wc -l </tmp/out) of $n"
	peak=$(peak_kib tcpscope ls)
	line "$n" 'tcpscope ls' "$us" "$peak"
	took ss -tanoe; ss=$us
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "ss shows $(wc -l </tmp/out) of $n"
	line "$n" 'ss -tanoe' "$us" "$(peak_kib ss -tanoe)"
	eval "$1_n=$n $1_ls=$ls $1_ss=$ss"
	sed -n 's/^# \(longest .*\)/                \1/p' ${bin%/*}/summary
}

# What else reads them all, in the cost of the table: relative NAME GOAL COMMAND…
relative() {
	local name=$1 limit=$2
	shift 2
	least "$@"
	# shellcheck disable=SC2154 # set by eval
	goal "cost of $name in that of tcpscope ls, $some_n sockets" "$(calc 3 "$us / $some_ls")" "$limit"
}

line() { printf '%7d sockets  %-20s %9d us %9s ns a socket  peak %6d KiB\n' "$1" "$2" "$3" "$(calc 0 "$3 * 1000 / $1")" "$4"; }

timewaits 5000 127.0.0.2 900
measure few
timewaits 20000 127.0.0.3 900
timewaits 20000 127.0.0.4 900
measure some
relative 'a filter that all match' 1.15 tcpscope ls state time-wait
relative 'the overview' 0.7 tcpscope
relative doctor 0.95 tcpscope doctor --interval 1us
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
	goal 'peak memory of tcpscope ls, KiB' "$peak" 4096
}
