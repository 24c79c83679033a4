#!/bin/bash
# Who took a TIME-WAIT over is linked with whose it was, both ways where that is known; and a connection
# belongs to who connected, or listened, then accepted, though that process be gone.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

make_pair
tcpscope attach || no "attach failed"

take_over_by_syn
# A SYN that could take a TIME-WAIT over, but nobody listens any more; and the next SYN from that port.
in_b tcp listen 10.0.0.2:2005 accept fin eof close & listening 2005 in_b
in_a tcp bind 10.0.0.1:3007 connect 10.0.0.2:2005 eof wait 0.1 close
sleep 1.5
in_a tcp bind 10.0.0.1:3007 start 10.0.0.2:2005 wait 0.05 close
in_b tcp listen 10.0.0.2:2006 accept eof close & listening 2006 in_b
in_a tcp bind 10.0.0.1:3007 connect 10.0.0.2:2006 wait 0.1 fin eof close
take_over_by_connect

# One process listens, another accepts, and closes first; the client belongs to a third.
ip netns exec b tcp listen 10.0.0.2:2001 wait 2 run 'exec tcp take 3 accept wait 2 fin eof close' wait 1000 &
listener=$!
listening 2001 in_b
ip netns exec a tcp connect 10.0.0.2:2001 eof wait 2 close &
client=$!
# owners STATE SIDE: pid and program of the connection's server (sport) or client (dport) in that state.
owners() {
	tcpscope ls --json "state $1 and $2 = :2001 and not state listening" | jq -r '.connections[] | "\(.pid) \(.comm)"'
}
is() { [ "$(owners "$1" "$2")" = "$3" ] || no "$1, $2: '$(owners "$1" "$2")', not '$3'"; }
sleep 1
is established sport "$listener tcp"
is established dport "$client tcp"
sleep 2
accepter=$(pgrep -f '^tcp take') || no "nobody accepts"
is established sport "$accepter tcp"
wait $client
sleep 1
[ -d "/proc/$accepter" ] && no "who accepted still lives"
is time-wait sport "$accepter tcp"
sleep 65

tcpscope ls --ended --json >"$work/ended" || no "ls --ended failed"
# linked NAME FILTER: of two lives, in the order of their beginning
linked() {
	jq -e "[ .connections[] | select($2) ] | sort_by(.cookie) | $3" "$work/ended" >/dev/null ||
		no "$1: $(jq -c "[ .connections[] | select($2) | { cookie, heir, predecessor, reason } ]" "$work/ended")"
}
linked 'taken over by a SYN' '.local_port == 2007' 'length == 2 and .[1].predecessor == .[0].cookie and .[0].predecessor == null'
linked 'nothing taken over' '.local_port == 2006 or .peer_port == 2006' 'length == 2 and all(.predecessor == null and .heir == null)'
linked 'taken over by connect()' '.peer_port == 2008' 'length == 2 and .[1].predecessor == .[0].cookie and .[0].heir == .[1].cookie'
linked 'owners at the end' '.local_port == 2001 or .peer_port == 2001' \
	"(map(.pid) | sort) == ([ $accepter, $client ] | sort)"
tcpscope detach
unmake_pair
