# Reads the captures of a staging; sourced by run and random.
# shellcheck shell=bash

# segments CAPTURE: one line a segment: time, way, the port at a's side, kind, sequence number, the rest that tells it
# apart.
segments() {
	TZ=UTC tcpdump -tt -n -S -r "$1" 2>/dev/null | awk '
		$2 == "IP" || $2 == "IP6" {
			split($3, f, "."); split($5, t, "."); sub(":", "", t[length(t)])
			from_a = $3 ~ /^(10\.0\.0\.1|fd00::1)\./
			flags = $7; seq = ack = "-"; len = 0
			for (i = 8; i < NF; i++) {
				if ($i == "seq") seq = $(i + 1)
				if ($i == "ack") ack = $(i + 1)
				if ($i == "length") len = $(i + 1) + 0
			}
			sub(/[:,].*/, "", seq); sub(/,/, "", ack)
			kind = len ? "DATA" : "ACK"
			if (flags ~ /F/) kind = "FIN"
			if (flags ~ /S/) kind = flags ~ /[.]/ ? "SYN-ACK" : "SYN"
			if (flags ~ /R/) kind = "RST"
			print $1, from_a ? "a>b" : "b>a", from_a ? f[length(f)] : t[length(t)], kind, seq, ack "/" len }'
}
