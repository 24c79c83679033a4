#!/bin/bash
# Runs in the lab machine: a client and a server in two namespaces, stuck in every interesting state at
# once, and what tcpscope says of them. With a line before each view that tells what one is looking at.
# shellcheck source=tests/vm/cases/lib.bash
. /root/cases/lib.bash

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }

say "A real Linux $(uname -r) in a virtual machine: load the module, attach the recorder."
show modprobe tcpscope || exit 1
show tcpscope attach || exit 1
show tcpscope status

# a is the client, b the server. Some segments are made to be lost on the way.
make_pair
drop_in a tcp sport 82 tcp flags syn,ack / syn,ack           # SYN-ACKs never arrive
drop_in b tcp dport 83 tcp flags psh,ack / psh,ack           # nor does this one's data
in_b tcp listen 10.0.0.2:80 accept accept eof wait 1000 &    # the second peer closes, we don't
in_b tcp listen 10.0.0.2:81 accept eof close wait 1000 &     # an orderly end
in_b tcp listen 10.0.0.2:82 wait 1000 &
in_b tcp listen 10.0.0.2:83 accept wait 1000 &
in_b tcp listen '[fd00::2]:84' accept wait 1000 &
until_true eval '[ "$(in_b ss -tlnH | wc -l)" = 5 ]'
in_a tcp connect 10.0.0.2:80 set keepalive 1 wait 1000 &     # ESTAB, with a keepalive timer
sleep 0.1
in_a tcp connect 10.0.0.2:80 fin wait 1000 &                 # FIN-WAIT-2, and CLOSE-WAIT over there
in_a tcp connect 10.0.0.2:81 fin eof close wait 1000 &       # TIME-WAIT
in_a tcp start 10.0.0.2:82 wait 1000 &                       # SYN-SENT, and SYN-RECV over there
in_a tcp connect 10.0.0.2:83 send 100 wait 1000 &            # retransmits
in_a tcp connect '[fd00::2]:84' wait 1000 &
sleep 2.5

say "The overview: connections by state, armed timers by kind, and what stands out."
show tcpscope
say "Every connection of every namespace, whose it is, and every timer armed on it (ss shows one at most)."
show tcpscope ls exclude listening
say "What ss shows of the client's TIME-WAIT, and what tcpscope knows of it: owner, age, who closed first."
show ip netns exec a ss -tanoe state time-wait
show tcpscope ls -o state,local,peer,owner,role,first_closer,age_ms,timers state time-wait
say "One connection as JSON: the one that retransmits into the void."
show tcpscope ls -J -n 'dport = :83' | head -c 1500
say "And a few seconds of trace: every retransmission, and one whole life from SYN to TIME-WAIT."
(sleep 0.5; in_b tcp listen 10.0.0.2:90 serve 1 & sleep 0.2; in_a tcp cycle 1 10.0.0.2:90) &
show tcpscope trace -n -d 8
say "Take it all off again."
show tcpscope detach
show rmmod tcpscope
unmake_pair
