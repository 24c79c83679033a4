#!/bin/bash
# Asked for many at a time or one by one, the recorder knows the same of each connection.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

# All that the head of a life holds and that time does not change; not events, which are asked for one by one.
columns=state,local,peer,cookie,generation,uid,cgroup_id,flags,role,owner,closer,born,resent,rsts-out,rsts-in,syns,drops,overflows
joined() { bpftool prog show name join_lives -j | jq .run_cnt; }
list() { tcpscope ls -J -o "$columns" "$@" >"$work/out" || no "ls $* failed"; jq -c '.connections[]' "$work/out" | sort; }

modprobe tcpscope || no "modprobe failed"
sysctl -qw kernel.bpf_stats_enabled=1 net.ipv4.tcp_tw_reuse=0
# Some of before the recorder, and many of each kind after it: more than are asked for at a time.
crowd pairs 20 127.0.0.1:7900 >"$work/ready" & until_true grep -q ready "$work/ready"
tcpscope attach || no "attach failed"
crowd pairs 700 127.0.0.2:7900 >"$work/ready2" & until_true grep -q ready "$work/ready2"
tcp listen '[::1]:7901' accept wait 10000 & listening 7901
tcp connect '[::1]:7901' wait 10000 &
tcp listen 127.0.0.1:7902 accept eof wait 10000 & listening 7902
tcp connect 127.0.0.1:7902 fin wait 10000 &
for port in {7910..7919}; do
	tcp listen 127.0.0.1:$port accept eof & listening $port
	tcp connect 127.0.0.1:$port fin eof || no "no TIME-WAIT"
done
sleep 1

list >"$work/many"
runs=$(joined)
[ "$runs" -gt 0 ] || no "the recorder was asked one by one"
list state established >"$work/established"
list pid gt 0 >"$work/owned"
mv /sys/fs/bpf/tcpscope/run_join_lives /sys/fs/bpf/tcpscope/away || no "the program could not be put aside"
runs=$(joined)
list >"$work/single"
[ "$(joined)" = "$runs" ] || no "the recorder was not asked one by one"
diff "$work/many" "$work/single" >"$work/diff" || no "they differ: $(head -5 "$work/diff")"
diff <(list state established) "$work/established" >"$work/diff" || no "with a state: $(head -5 "$work/diff")"
diff <(list pid gt 0) "$work/owned" >"$work/diff" || no "with a process: $(head -5 "$work/diff")"
[ "$(wc -l <"$work/many")" -ge 1440 ] || no "only $(wc -l <"$work/many") connections"
for what in '.pid != null' '.first_closer == "local"' '.first_closer == "peer"' '.role == "listener" and .syns > 0' \
	'.role == "passive"' '.role == "active"' '.born_ns == null' '.born_ns != null' '.state == "time_wait" and .pid != null'; do
	jq -es "any(.[]; $what)" "$work/many" >/dev/null || no "there is none with $what"
done

# Nothing that needs the recorder is shown: it is not asked at all.
mv /sys/fs/bpf/tcpscope/away /sys/fs/bpf/tcpscope/run_join_lives || no "the program could not be put back"
runs=$(joined)
tcpscope ls -o local,peer,timers state established >/dev/null || no "ls failed"
[ "$(joined)" = "$runs" ] || no "the recorder was asked for nothing"
tcpscope ls -o local,owner >/dev/null
[ "$(joined)" -gt "$runs" ] || no "the recorder was not asked any more"
