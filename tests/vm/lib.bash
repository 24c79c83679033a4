# Shared by the commands of the lab machine; sourced, never run.
# shellcheck shell=bash disable=SC2034 # who sources this uses what it sets

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
cache_root=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpscope
self=tests/vm/${0##*/}

say() {
	echo "$self: $*" >&2
}

die_status=1

die() {
	say "$@"
	exit "$die_status"
}

bad_usage() {
	echo "$self: $* (see $self --help)" >&2
	exit 2
}

# Prints the comment at the top of the script: one text for readers of the source and of --help.
print_help() {
	awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"
}

[ -e /proc/self/fd ] || die "/proc is not mounted: mount -t proc proc /proc"

check_series() {
	case $1 in
	6.1|6.12|7.2|6.1-sanitize) ;;
	*) bad_usage "no kernel series '$1', use 6.1, 6.12, 7.2 or 6.1-sanitize" ;;
	esac
}

need_commands() {
	local command
	for command; do
		PATH=$PATH:/usr/sbin:/sbin type -P "$command" >/dev/null ||
			die "$command is missing: run tests/deps vm"
	done
}

# Runs a command while holding a lock file; says so when it has to wait long for another.
with_lock() {
	local file=$1 fd
	shift
	mkdir -p "$(dirname "$file")"
	exec {fd}>"$file"
	flock -w 2 "$fd" || { say "waiting for another run that holds $file"; flock "$fd"; }
	"$@" {fd}>&-
	exec {fd}>&-
}
