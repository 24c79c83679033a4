# The same of one process that is both ends, and connects to a new address from time to time.
# shellcheck shell=bash
. /root/bench/recorder.bash
recorder_cost self
