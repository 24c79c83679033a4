# tcpscope timewait on many TIME-WAIT sockets that the recorder knows, beside ss. As in list.bash, they last a minute.
# shellcheck shell=bash

allow_timewaits
modprobe tcpscope && tcpscope attach || exit
for host in {2..10}; do
	timewaits 22000 127.0.0."$host" 900
done
timewaits 2000 127.0.0.11 900
n=$(count_timewaits)
least tcpscope timewait --json; own=$us
peak=$(peak_kib tcpscope timewait --json)
counted=$(jq .time_wait /tmp/out) recorded=$(jq .recorded /tmp/out)
took ss -tanoe; ss=$us
rm -f /tmp/out
echo "$n sockets: tcpscope timewait $own us for $counted, of which the recorder knows $recorded; ss -tanoe $ss us"
goal 'TIME-WAITs that tcpscope timewait leaves out' $((n - counted)) 0
goal "cost of tcpscope timewait in that of ss, $n sockets" "$(calc 4 "$own / $ss")" 0.1
goal 'peak memory of tcpscope timewait, KiB' "$peak" 32768
tcpscope detach
