#!/bin/bash
# A table full of lives whose end no hook saw: when one has found no room, the guard makes some within seconds.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

lost() { tcpscope status -J | jq .losses.lives_full; }
ip link set lo up
TCPSCOPE_WITHOUT_HOOKS=set_state,destroyed tcpscope attach --max-connections 64 2>/dev/null || no 'attach failed'
storm resets 100 1000 7900 >/dev/null
[ "$(lost)" -gt 20 ] || no "of 200 lives only $(lost) found no room in 64 places"
sleep 4 # what is younger than 2 s may be at work
before=$(lost)
storm resets 20 1000 7900 >/dev/null
[ "$(lost)" = "$before" ] || no "$(($(lost) - before)) of 40 lives found no room though all before them are over"
