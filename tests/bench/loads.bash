# Loads of which the recorder's cost is taken. Each makes CYCLES connections, and sets ns to what one of them took.
# shellcheck shell=bash disable=SC2034 # ns is for who calls

CYCLES=2000 # of one process with another
SELF_CYCLES=6000 SELF_EVERY=2000 # of one process with itself, and how many go to one address

# connect, accept, one byte there and back, close. Time is taken of the client alone: all else is done before and
# after, or belongs to it.
load_cycle() {
	local server begin us
	tcp listen 127.0.0.1:7500 serve $CYCLES &
	server=$!
	until ss -tlnH sport = :7500 | grep -q .; do sleep 0.1; done
	begin=${EPOCHREALTIME/./}
	tcp cycle $CYCLES 127.0.0.1:7500
	us=$((${EPOCHREALTIME/./} - begin))
	wait $server
	ns=$((us * 1000 / CYCLES)) n=$CYCLES
}

# One process is both ends, and connects to a new address from time to time.
load_self() { ns=$(both $SELF_CYCLES $SELF_EVERY) n=$SELF_CYCLES; }
