# Lists of TIME-WAIT sockets. They last a minute: they are made, and listed, within one. To each address
# go fewer than connect() has even ports: it looks at all of these before it takes an odd one.
# shellcheck shell=bash

allow_timewaits
modprobe tcpscope && tcpscope attach || exit
bin=/sys/kernel/debug/tcpscope/connections.bin

# without COMMAND…: runs it where no recorder is to be found, though it is attached and knows the same sockets.
without() {
	mkdir -p /tmp/bpf
	mount --move /sys/fs/bpf /tmp/bpf || exit
	"$@"
	mount --move /tmp/bpf /sys/fs/bpf || exit
}

# measure_ls NAME FIGURE: prints a line for ls; keeps the figure.
measure_ls() {
	least tcpscope ls
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "tcpscope shows $(wc -l </tmp/out) of $n"
	eval "$2=$us"
	peak=$(peak_kib tcpscope ls)
	line "$n" "$1" "$us" "$peak"
}

# measure NAME: prints a line for each way to list them; keeps the figures as NAME_ls, NAME_recorded, NAME_ss.
measure() {
	local n ss us
	n=$(count_timewaits)
	least busybox dd if=$bin of=/dev/null bs=160k 2>/dev/null
	line "$n" 'read connections.bin' "$us" 0
	without measure_ls 'tcpscope ls' "$1_ls"
	measure_ls 'ls with the recorder' "$1_recorded"
	took ss -tanoe; ss=$us
	[ "$(wc -l </tmp/out)" -gt "$n" ] || echo "ss shows $(wc -l </tmp/out) of $n"
	line "$n" 'ss -tanoe' "$us" "$(peak_kib ss -tanoe)"
	eval "$1_n=$n $1_ss=$ss"
	sed -n 's/^# \(longest .*\)/                \1/p' ${bin%/*}/summary
}

# What else reads them all, in the cost of the table: relative TABLE NAME GOAL COMMAND…
relative() {
	local table=$1 name=$2 limit=$3
	shift 3
	least "$@"
	# shellcheck disable=SC2154 # set by eval
	goal "cost of $name in that of tcpscope ls, $some_n sockets" "$(calc 3 "$us / $table")" "$limit"
}

line() { printf '%7d sockets  %-20s %9d us %9s ns a socket  peak %6d KiB\n' "$1" "$2" "$3" "$(calc 0 "$3 * 1000 / $1")" "$4"; }

timewaits 5000 127.0.0.2 900
measure few
timewaits 20000 127.0.0.3 900
timewaits 20000 127.0.0.4 900
measure some
# shellcheck disable=SC2154 # set by eval
{
	without relative "$some_ls" 'a filter that all match' 1.15 tcpscope ls state time-wait
	without relative "$some_ls" 'JSON' 3 tcpscope ls -J
	without relative "$some_ls" 'the overview' 0.6 tcpscope
	without relative "$some_ls" 'doctor' 0.8 tcpscope doctor --interval 1us
	relative "$some_recorded" 'a filter that all match, with the recorder' 1.15 tcpscope ls state time-wait
	relative "$some_recorded" 'JSON, with the recorder' 3 tcpscope ls -J
	relative "$some_recorded" 'the overview, with the recorder' 0.6 tcpscope
	relative "$some_recorded" 'doctor, with the recorder' 1.15 tcpscope doctor --interval 1us
}
for host in {5..11}; do
	timewaits 22000 127.0.0."$host" 900
done
timewaits 1000 127.0.0.12 900
measure many
doctor_peak=$(peak_kib tcpscope doctor --interval 1us)
rm -f /tmp/out
# shellcheck disable=SC2154 # set by eval
{
	goal "cost of tcpscope ls in that of ss, $some_n sockets" "$(calc 4 "$some_ls / $some_ss")" 0.05
	goal "cost of tcpscope ls in that of ss, $many_n sockets" "$(calc 4 "$many_ls / $many_ss")" 0.05
	goal "cost a socket of $many_n in that of $few_n" "$(calc 3 "($many_ls / $many_n) / ($few_ls / $few_n)")" 1.2
	goal "cost of tcpscope ls with the recorder in that of ss, $some_n sockets" "$(calc 4 "$some_recorded / $some_ss")" 0.075
	goal "cost of tcpscope ls with the recorder in that of ss, $many_n sockets" "$(calc 4 "$many_recorded / $many_ss")" 0.075
	goal 'peak memory of tcpscope ls with the recorder, KiB' "$peak" 4096
	goal 'peak memory of doctor with the recorder, KiB' "$doctor_peak" 8192
}
