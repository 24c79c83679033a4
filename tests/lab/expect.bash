# What a scenario expects, as rows for judge.awk; sourced by run.
# shellcheck shell=bash disable=SC2034,SC2154 # who sources this uses what it sets, and sets what it uses
#
# A row: time, direction, port, segment, fate, label, events; separated by bars.
# A time is that of the sender's segment, or of the first event of a row without segment, in seconds:
#	5	after the first segment
#	+5	after the row before
#	x+5	after the row with the label x
#	<5	within that time after the row before, or before it: no timer of the kernel's
# It may be off by 5 % or by one step of the kernel's timer wheel, whichever is more.

port=4000

# seg TIME DIRECTION KIND [lost|blind] [=LABEL] [END:EVENT…]: a segment, and what the recorder
# tells with it. Blind: when a does not capture any more.
seg() {
	local time=$1 way=$2 kind=$3 fate=arrives label=
	shift 3
	case ${1-} in lost|blind) fate=$1; shift ;; esac
	[[ ${1-} != =* ]] || { label=${1#=}; shift; }
	printf '%s|%s|%s|%s|%s|%s|%s\n' "$time" "$way" "$port" "$kind" "$fate" "$label" "$*"
}

# ev TIME [=LABEL] END:EVENT…: what the recorder tells without a segment.
ev() {
	local time=$1 label=
	shift
	[[ ${1-} != =* ]] || { label=${1#=}; shift; }
	printf '%s|-|%s||none|%s|%s\n' "$time" "$port" "$label" "$*"
}

# skip TIME: what comes before that is not looked at.
skip() {
	printf '%s|skip|%s||none||\n' "$1" "$port"
}

# The ordinary beginning.
handshake() {
	seg "${1-0}" 'a>b' SYN a:syn_sent b:syn_recv
	seg +0 'b>a' SYN-ACK a:established
	seg +0 'a>b' ACK b:established
}

# The ordinary end, begun by an end (default a) at a time; the other closes so many seconds later.
teardown() {
	local time=$1 wait=${2-0} first=${3-a} second=b lag
	[ "$first" = a ] || second=a
	lag=$(printf 0.%03d "${delay:-0}")
	seg "$time" "$first>$second" FIN "$first:fin_wait1" "$second:close_wait"
	if [ "$wait" = 0 ]; then
		# The FIN of one who closes at once takes the ACK with it.
		seg "+$lag" "$second>$first" FIN "$second:last_ack" "$first:fin_wait2" "$first:time_wait"
	else
		seg "+$lag" "$second>$first" ACK "$first:fin_wait2"
		seg "+$wait" "$second>$first" FIN "$second:last_ack" "$first:time_wait"
	fi
	seg "+$lag" "$first>$second" ACK "=closed" "$second:end:normal"
}

# The end of a TIME-WAIT that was entered, or restarted, in the row labelled so: TCP_TIMEWAIT_LEN.
timewait_ends() {
	ev "${2-closed}+60" =gone "$1:end:timewait_expired"
}

# --- the kernel's rules ---

# When a client sends its SYN again, in gaps: the timeout of 1 s doubles (tcp_syn_retries = 6); since 6.5 only after
# tcp_syn_linear_timeouts = 4 equal ones.
syn_gaps() {
	if [ "$kernel" = 6.1 ]; then
		echo 1 2 4 8 16 32
	else
		echo 1 1 1 1 1 2 4 8 16 32
	fi
}

# The gap after the last of them, until the client gives up.
syn_last_gap() {
	echo 64
}

# When a server sends its SYN-ACK again (tcp_synack_retries = 5), and gives up.
synack_gaps() {
	echo 1 2 4 8 16
}

synack_last_gap() {
	echo 32
}

# N gaps, the first of so many seconds, each twice the one before, but 120 at most (TCP_RTO_MAX).
doubling() {
	awk -v gap="$1" -v n="$2" 'BEGIN { while (n--) { printf "%s ", gap; gap = gap > 60 ? 120 : 2 * gap } }'
}

# request_model "GAPS" LAST: rows of a client's SYNs with those gaps, of the SYN-ACKs they draw, all of them lost, and of
# those the server's timer sends. Each SYN draws one and sets the timer anew, to the present timeout (tcp_check_req);
# the timer doubles it, and drops the request instead once it has done so 5 times (reqsk_timer_handler). Where both
# come at the same time each is sent before the other has heard of it.
request_model() {
	awk -v gaps="$1" -v last="$2" -v port="$port" '
		function row(t, way, kind, label, events) { print t "|" way "|" port "|" kind "|" (kind == "SYN-ACK" ? "lost" : \
				kind == "" ? "none" : "arrives") "|" label "|" events }
		function timer(t) {
			if (n >= 5) { row(t, "-", "", "drop", "b:request_drop b:end:synack_timeout"); due = 0; return }
			n++; due = t + 2 ^ n
			row(t, "b>a", "SYN-ACK", "synack", "b:retransmit:synack")
		}
		BEGIN {
			row(0, "a>b", "SYN", "", "a:syn_sent b:syn_recv"); row(0, "b>a", "SYN-ACK", "", "")
			k = split(gaps, gap, " "); due = 1
			for (i = 1; i <= k; i++) {
				t += gap[i]
				while (due && due < t) timer(due)
				old = due
				if (due == t) timer(t)
				if (due) { row(t, "a>b", "SYN", "again", "a:retransmit:syn"); row(t, "b>a", "SYN-ACK", "synack", "b:retransmit:synack")
					due = t + 2 ^ n }
				else { row(t, "a>b", "SYN", "again", "a:retransmit:syn b:syn_recv"); row(t, "b>a", "SYN-ACK", "synack", "")
					n = 0; due = t + 1 }
			}
			t += last
			while (due && due <= t) timer(due)
			row(t, "-", "", "end", "a:end:syn_timeout")
			while (due) timer(due)
		}'
}

# --- what is said of it ---

# verdict WHEN END NAME[,NAME…]: explain's chief verdict on that end's connection, at that look, and what else it says; ended:NAME: on the one that ended,
# though there is another. With port=0: on the listener.
verdict() { printf '%s|%s|%s|%s\n' "$1" "$2" "$port" "$3" >>"$wanted/verdicts"; }

# foretold WHEN END: the end that explain foretold then has come true.
foretold() { printf '%s|%s|%s|\n' "$1" "$2" "$port" >>"$wanted/foretold"; }

# forever WHEN END: no timer of that connection gives up, says explain.
forever() { printf '%s|%s|%s|never\n' "$1" "$2" "$port" >>"$wanted/foretold"; }

# says ACTOR TEXT: what the program at an end printed, its errno among it.
says() { printf '%s|%s\n' "$1" "$2" >>"$wanted/says"; }
