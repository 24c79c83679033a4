# connect, accept, one byte there and back, close: alone, with the recorder, with a reader of its events.
# shellcheck shell=bash
. /root/bench/recorder.bash
recorder_cost cycle
