# What the cases of the doctor use, after lib.bash: processes in the two namespaces, and what is expected of it.
# shellcheck shell=bash disable=SC2034 # who sources this uses what it sets

failed=0
wrong() {
	echo "$*" >&2
	failed=1
}
# a STEPS…, b STEPS…: a process in that namespace; its number is in $pid
a() { (exec ip netns exec a tcp "$@") & pid=$!; }
b() { (exec ip netns exec b tcp "$@") & pid=$!; }
# times N STEPS…: the steps N times over
times() {
	local n=$1 i
	shift
	for ((i = 0; i < n; i++)); do printf '%s ' "$@"; done
}
undrop() { ip netns exec "$1" nft flush ruleset; }
end() { kill "$@" 2>/dev/null; wait "$@" 2>/dev/null; }
# expect NETNS CHECK CONDITION [OPTION…]: it finds that and nothing else, and CONDITION holds of it
expect() {
	local netns=$1 check=$2 condition=$3 status=0 found
	shift 3
	tcpscope doctor --json -N "$netns" "$@" >"$work/found" 2>"$work/err" || status=$?
	found=$(jq -r '[ .checks[] | select(.level == "warning" or .level == "critical") | .check ] | join(" ")' "$work/found")
	if [ "$found" != "$check" ] || { [ -n "$check" ] && [ $status != 3 ]; } || { [ -z "$check" ] && [ $status != 0 ]; }; then
		wrong "in $netns '$check' expected, '$found' found, status $status: $(jq -c '.checks[] | select(.level != "ok") | [.check, .level, .evidence]' "$work/found") $(cat "$work/err")"
	elif [ -n "$check" ]; then
		jq -r --arg check "$check" '.checks[] | select(.check == $check) | "# \(.check): \(.evidence)"' "$work/found" >&2
		jq -e --arg check "$check" ".checks[] | select(.check == \$check) | $condition" "$work/found" >/dev/null ||
			wrong "$check in $netns: not $condition: $(jq -c --arg check "$check" '.checks[] | select(.check == $check)' "$work/found")"
	fi
}
healthy() { expect "$1" '' '' "${@:2}"; }
