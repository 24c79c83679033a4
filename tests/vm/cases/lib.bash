# What every case in the guest uses; sourced first.
# shellcheck shell=bash
#
# A case is a script that makes a state for real, looks at it through tcpscope and through something
# independent, and exits 0 when both agree. `no WHY` ends it as a failure.

set -u
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

no() {
	printf '%s\n' "$*" >&2
	exit 1
}

# Asks again, for at most ten seconds, until the command succeeds.
until_true() {
	local n
	for n in {1..100}; do
		"$@" && return
		sleep 0.1
	done
	no "waited in vain for: $*"
}

# listening PORT [IN]: waits until somebody listens there; IN is in_a or in_b, if it is not here.
listening() { until_true eval "${2-} ss -tlnH sport = :$1 | grep -q ."; }

# start_trace FILE [ARG…]: tcpscope trace --json, whose events go to FILE, is at work: it shows a listener that is
# opened again and again. stop_trace: it ends, and has written all.
start_trace() {
	local file=$1
	shift
	tcpscope trace --json "$@" >"$file" &
	trace=$!
	until_true eval "timeout 0.1 tcp listen 127.0.0.1:7499 wait 1; [ -s '$file' ]"
}

stop_trace() {
	kill -INT "$trace"
	wait "$trace" || no "trace failed"
}

# Two namespaces joined by a veth pair: a has 10.0.0.1 and fd00::1, b has 10.0.0.2 and fd00::2.
make_pair() {
	local ns
	ip netns add a && ip netns add b || no "no network namespaces"
	ip link add veth-a netns a type veth peer name veth-b netns b
	for ns in a b; do
		ip -n $ns link set lo up
		ip -n $ns link set veth-$ns up
		ip netns exec $ns sysctl -qw net.ipv6.conf.veth-$ns.accept_dad=0 2>/dev/null ||
			echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
	done
	ip -n a addr add 10.0.0.1/24 dev veth-a && ip -n a addr add fd00::1/64 dev veth-a nodad
	ip -n b addr add 10.0.0.2/24 dev veth-b && ip -n b addr add fd00::2/64 dev veth-b nodad
}

# Not ip netns exec, which hides debugfs.
in_a() { nsenter --net=/run/netns/a "$@"; }
in_b() { nsenter --net=/run/netns/b "$@"; }

# Drops segments that arrive in a namespace: drop_in NS EXPRESSION…
drop_in() {
	local ns=$1
	shift
	ip netns exec "$ns" nft add table inet drops 2>/dev/null
	ip netns exec "$ns" nft add chain inet drops in '{ type filter hook input priority 0; }' 2>/dev/null
	ip netns exec "$ns" nft add rule inet drops in "$@" counter drop || no "nft: $*"
}

unmake_pair() {
	ip netns del a 2>/dev/null
	ip netns del b 2>/dev/null
}

# A TIME-WAIT of b, on port 2007, taken over by a SYN from the client's port.
take_over_by_syn() {
	in_b tcp listen 10.0.0.2:2007 accept fin eof close accept eof close & listening 2007 in_b
	in_a tcp bind 10.0.0.1:3007 connect 10.0.0.2:2007 eof wait 0.1 close
	sleep 1.5
	in_a tcp bind 10.0.0.1:3007 connect 10.0.0.2:2007 wait 0.1 fin eof close
}

# A TIME-WAIT of a, to port 2008 of b, taken over by connect() from the same port.
take_over_by_connect() {
	in_b tcp listen 10.0.0.2:2008 accept eof close accept eof close & listening 2008 in_b
	in_a sysctl -qw net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range='3008 3008'
	in_a tcp connect 10.0.0.2:2008 fin eof close
	sleep 2.5
	in_a tcp connect 10.0.0.2:2008 wait 0.1 fin eof close
	in_a sysctl -qw net.ipv4.ip_local_port_range='32768 60999'
}

# ss's list of a namespace, one "STATE LOCAL PEER" a line, v4-mapped as IPv4, sorted.
ss_list() {
	"$@" ss -tanH | awk '{ print $1, $4, $5 }' | sed 's/\[::ffff:\([0-9.]*\)\]/\1/g; s/%[a-z0-9-]*:/:/g' | sort
}

# The same from tcpscope's JSON on standard input.
ls_list() {
	jq -r '
		def names: { established: "ESTAB", syn_sent: "SYN-SENT", syn_recv: "SYN-RECV",
			fin_wait1: "FIN-WAIT-1", fin_wait2: "FIN-WAIT-2", time_wait: "TIME-WAIT",
			close: "UNCONN", close_wait: "CLOSE-WAIT", last_ack: "LAST-ACK",
			listen: "LISTEN", closing: "CLOSING" };
		def host: if test(":") then "[" + . + "]" else . end;
		def port: if . == 0 then "*" else tostring end;
		.connections[] |
		(if .state == "listen" and .family == "ipv6" and .local_address == "::" and
		    (.flags | index("v6only") | not) then "any" else "one" end) as $bind |
		[ names[if .substate == "fin_wait2" then "fin_wait2" else .state end],
		  (if $bind == "any" then "*" else (.local_address | host) end) + ":" + (.local_port | port),
		  (if $bind == "any" then "*" else (.peer_address | host) end) + ":" + (.peer_port | port) ] |
		join(" ")' | sort
}

# Warnings, bugs and sanitizer reports the kernel has logged since it was last asked.
kernel_complaints() {
	dmesg -c | grep -E 'WARNING|BUG|KASAN|Oops|stack segment|general protection|possible (circular|recursive)|RCU|sleeping function|Call Trace'
}
