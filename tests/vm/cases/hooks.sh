#!/bin/bash
# alone: each hook stands alone: one that is left out, or refused under lockdown, costs its feature and is told.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

state_of() { tcpscope status -J | jq -r --arg name "$1" '.hooks[] | select(.name == $name).state'; }
at_work() { tcpscope status -J | jq -r '.checks[] | select(.name == "hooks at work").ok'; }

# A kernel that has all of them: nothing to tell.
tcpscope attach 2>"$work/err" || no "attach: $(cat "$work/err")"
[ ! -s "$work/err" ] || no "attach said $(cat "$work/err")"
tcpscope status -J >"$work/status"
jq -e '.hooks | length > 30 and all((.state == "attached" or .state == "ready") and .missing == null and .costs != null)' \
	"$work/status" >/dev/null || no "not all at work, or one has no costs: $(jq -c '.hooks[] | select(.state != "attached" or .costs == null)' "$work/status")"
[ "$(at_work)" = true ] || no "hooks at work: $(at_work)"
tcpscope detach || no "detach failed"
[ "$(state_of timewait_ends)" = present ] || no "unattached: $(state_of timewait_ends)"

# Two are left out, and with one of them the one it goes with; the reason is another by the one who asks.
TCPSCOPE_WITHOUT_HOOKS=timewait_ends,loss_probe tcpscope attach 2>"$work/err" || no "attach without two hooks: $(cat "$work/err")"
[ "$(wc -l <"$work/err")" = 3 ] && grep -q 'fentry/inet_twsk_kill.*the ends of TIME-WAITs are not seen' "$work/err" &&
	grep -q 'fexit/tcp_send_loss_probe.*goes together' "$work/err" || no "attach without two hooks said $(cat "$work/err")"
[ "$(TCPSCOPE_WITHOUT_HOOKS=timewait_ends state_of timewait_ends)" = missing ] || no "not missing"
[ "$(state_of timewait_ends)" = 'not attached' ] || no "a hook that is present and not attached is $(state_of timewait_ends)"
[ "$(state_of loss_probe_done)" = 'not attached' ] || no "its counterpart is $(state_of loss_probe_done)"
[ "$(state_of connecting)" = attached ] || no "another is $(state_of connecting)"
[ "$(at_work)" = false ] || no "status does not say that some are not at work"
tcpscope status | grep -q 'timewait_ends *not attached .*replace.*TIME-WAITs' || no "status: $(tcpscope status | grep timewait_ends)"
tcpscope attach --replace 2>"$work/err" && [ ! -s "$work/err" ] || no "--replace: $(cat "$work/err")"
[ "$(at_work)" = true ] || no "after --replace not all are at work"
tcpscope detach || no "detach failed"

# A kernel that refuses some: confidentiality forbids the helpers that read kernel memory.
mount -t securityfs none /sys/kernel/security 2>/dev/null
echo confidentiality >/sys/kernel/security/lockdown || no "no lockdown"
if tcpscope attach 2>"$work/err"; then
	lacking=$(wc -l <"$work/err")
	tcpscope status -J >"$work/status"
	refused=$(jq '[ .hooks[] | select(.state == "refused") ] | length' "$work/status")
	echo "under lockdown $refused programs are refused, $lacking told"
	[ "$refused" -gt 0 ] || no "none is refused"
	jq -e --argjson lacking "$lacking" '.hooks | map(select(.state != "attached" and .state != "ready")) | length == $lacking' \
		"$work/status" >/dev/null || no "$lacking told: $(jq -c '.hooks[] | [.name, .state, .missing]' "$work/status")"
	tcpscope detach || no "detach failed"
else
	[ "$(wc -l <"$work/err")" = 1 ] || no "attach under lockdown: $(cat "$work/err")"
fi
