# Shared by the commands of the lab machine and those that stand on it; sourced, never run.
# shellcheck shell=bash disable=SC2034 # who sources this uses what it sets

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
cache_root=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpscope
self=$(realpath -s --relative-to="$top" "$0")

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

# Where a program is on the host; root's PATH is not everybody's.
find_program() {
	PATH=$PATH:/usr/sbin:/sbin type -P "$1" || die "$1 is missing: run tests/deps build vm"
}

need_commands() {
	local command
	for command; do find_program "$command" >/dev/null; done
}

# guest_tools NAME…: makes the command, and these of build/; tools has the options that let run put them into the machine.
guest_tools() {
	local name
	make -s -C "$top" build/tcpscope "${@/#/build/}"
	tools=()
	for name; do tools+=(-f "$top/build/$name:/usr/bin/$name"); done
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
