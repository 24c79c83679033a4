#!/bin/bash
# IPv4, IPv6 and v4-mapped × who closes first, simultaneously, by RST, refused, half-closed: the recorded
# events are those written down here, and each comes with its segment in a tcpdump of that end, in order.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

# a ── m ── b: m is a bridge that holds each segment for 5 ms, so that segments can cross.
make_bridged_pair() {
	local ns
	make_pair
	ip -n a link del veth-a
	ip netns add m
	ip -n m link add br0 type bridge
	ip -n m link set br0 up
	for ns in a b; do
		ip link add veth-$ns netns $ns type veth peer name m-$ns netns m
		ip -n m link set m-$ns master br0 up
		ip -n $ns link set veth-$ns up
		ip netns exec m tc qdisc add dev m-$ns root netem delay 5ms
	done
	ip -n a addr add 10.0.0.1/24 dev veth-a && ip -n a addr add fd00::1/64 dev veth-a nodad
	ip -n b addr add 10.0.0.2/24 dev veth-b && ip -n b addr add fd00::2/64 dev veth-b nodad
	until_true in_a busybox ping -c 1 -W 1 10.0.0.2 >/dev/null
	until_true in_a busybox ping -6 -c 1 -W 1 fd00::2 >/dev/null
}

# What each end does, and what is to be recorded of it, each event with the segment that goes with it:
# > sent and < received by that end, with tcpdump's flags; - for none.
declare -A client server
client[client-first]='fin eof close'
server[client-first]='eof wait 0.2 close'
client[server-first]='eof wait 0.2 close'
server[server-first]='fin eof close'
client[simultaneous]='wait 0.090 fin eof close'
server[simultaneous]='wait 0.085 fin eof close'
client[rst-by-client]='wait 0.1 rst'
server[rst-by-client]='error'
client[rst-by-server]='error'
server[rst-by-server]='wait 0.1 rst'
client[half-close]='fin recv 1000 eof close'
server[half-close]='eof wait 0.1 send 1000 wait 0.1 close'
client[refused]=
server[refused]=

expect() {
	case $1 in
	client-first|half-close) cat <<-END ;;
		active syn_sent >S
		active established <S.
		active fin_wait1 >F.
		active fin_wait2 <.
		active time_wait <F.
		active end:timewait_expired:local -
		passive syn_recv <S
		passive established <.
		passive close_wait <F.
		passive last_ack >F.
		passive end:normal:peer <.
	END
	server-first) cat <<-END ;;
		active syn_sent >S
		active established <S.
		active close_wait <F.
		active last_ack >F.
		active end:normal:peer <.
		passive syn_recv <S
		passive established <.
		passive fin_wait1 >F.
		passive fin_wait2 <.
		passive time_wait <F.
		passive end:timewait_expired:local -
	END
	simultaneous) cat <<-END ;;
		active syn_sent >S
		active established <S.
		active fin_wait1 >F.
		active closing <F.
		active time_wait <.
		active end:timewait_expired:both -
		passive syn_recv <S
		passive established <.
		passive fin_wait1 >F.
		passive closing <F.
		passive time_wait <.
		passive end:timewait_expired:both -
	END
	rst-by-client) cat <<-END ;;
		active syn_sent >S
		active established <S.
		active reset:sent >R.
		active end:reset_sent:local >R.
		passive syn_recv <S
		passive established <.
		passive reset:received <R.
		passive end:reset_received:peer <R.
	END
	rst-by-server) cat <<-END ;;
		active syn_sent >S
		active established <S.
		active reset:received <R.
		active end:reset_received:peer <R.
		passive syn_recv <S
		passive established <.
		passive reset:sent >R.
		passive end:reset_sent:local >R.
	END
	refused) cat <<-END ;;
		active syn_sent >S
		active reset:received <R.
		active end:refused:peer <R.
	END
	esac
}

scenarios=(client-first server-first simultaneous rst-by-client rst-by-server half-close refused)
declare -A listen_on=([ipv4]=10.0.0.2 [ipv6]='[fd00::2]' [mapped]='[::]')
declare -A connect_to=([ipv4]=10.0.0.2 [ipv6]='[fd00::2]' [mapped]='[::ffff:10.0.0.2]')

make_bridged_pair
for end in a b; do
	ip netns exec $end tcpdump -i veth-$end -s 128 -U -w "$work/$end.pcap" tcp 2>/dev/null &
	until_true [ -s "$work/$end.pcap" ]
done
start_trace "$work/trace"
# What tcpdump calls a time of day and tcpscope calls CLOCK_MONOTONIC: their difference.
monotonic=$(awk '/^now at/ { print $3; exit }' /proc/timer_list) day=$EPOCHREALTIME
offset=$(awk "BEGIN { printf \"%.6f\", $day - $monotonic / 1e9 }")

port=6000
for family in ipv4 ipv6 mapped; do
	for scenario in "${scenarios[@]}"; do
		port=$((port + 1))
		if [ $scenario = refused ]; then
			in_a tcp connect "${connect_to[$family]}:$port" 2>/dev/null && no "$scenario: it connected"
			continue
		fi
		# shellcheck disable=SC2086 # words
		in_b tcp listen "${listen_on[$family]}:$port" accept ${server[$scenario]} >/dev/null 2>&1 &
		listening $port in_b
		# shellcheck disable=SC2086
		in_a tcp connect "${connect_to[$family]}:$port" ${client[$scenario]} >/dev/null 2>&1
		sleep 0.5
	done
done
sleep 63
stop_trace
pkill tcpdump
sleep 0.2

# One line a segment: time, flags, the ports.
segments() {
	TZ=UTC tcpdump -tt -n -r "$1" 2>/dev/null | awk '
		$2 == "IP" || $2 == "IP6" {
			split($3, f, "."); split($5, t, "."); sub(":", "", t[length(t)])
			flags = $7; gsub(/[][,]/, "", flags)
			print $1, flags, f[length(f)], t[length(t)] }'
}
segments "$work/a.pcap" >"$work/a" && segments "$work/b.pcap" >"$work/b"
[ -s "$work/a" ] && [ -s "$work/b" ] || no "tcpdump saw nothing"

# The life of one end on a server port, one event a line: time and name.
events() {
	local side=local
	[ "$1" = active ] && side=peer
	jq -r --arg role "$1" --argjson port "$2" 'select(.role == $role and .'$side'_port == $port) |
		select(.to != "listen") |
		"\(.time_ns) " + (if .event == "state" then .to elif .event == "reset" then "reset:" + .kind
		 elif .event == "end" then "end:\(.reason):\(.first_closer)" else .event end)' "$work/trace"
}

failed=0
port=6000
for family in ipv4 ipv6 mapped; do
	for scenario in "${scenarios[@]}"; do
		port=$((port + 1))
		for role in active passive; do
			expect $scenario | awk -v r=$role '$1 == r { print $2, $3 }' >"$work/expected"
			[ -s "$work/expected" ] || continue
			events $role $port >"$work/events"
			if ! diff -u <(cut -d' ' -f1 "$work/expected") <(cut -d' ' -f2 "$work/events") >"$work/diff"; then
				echo "$family $scenario $role: recorded (+) is not what was expected (-):" >&2
				cat "$work/diff" >&2
				failed=1
				continue
			fi
			end=a
			[ $role = passive ] && end=b
			# Walks the segments in order; each event must find its own within 2 ms.
			paste -d' ' "$work/events" <(cut -d' ' -f2 "$work/expected") |
			awk -v port=$port -v role=$role -v offset="$offset" -v segments="$work/$end" '
				BEGIN { while ((getline line < segments) > 0) {
						split(line, s, " ")
						if (s[3] != port && s[4] != port) continue
						from_server = s[3] == port
						sent = (role == "passive") == from_server
						n++; time[n] = s[1] - offset; flags[n] = (sent ? ">" : "<") s[2] }
					next_one = 1 }
				$3 != "-" {
					for (i = next_one; i <= n; i++) {
						d = time[i] - $1 / 1e9
						if (flags[i] == $3 && d < 0.002 && d > -0.002) break }
					if (i > n) { print "no segment " $3 " within 2 ms of " $2; bad = 1; exit }
					next_one = i }
				END { exit bad }' >"$work/why" || {
				echo "$family $scenario $role: $(cat "$work/why")" >&2
				failed=1
			}
		done
	done
done
ip netns del m
unmake_pair
[ $failed = 0 ] || no "segments: $(wc -l <"$work/a") at a, $(wc -l <"$work/b") at b"
