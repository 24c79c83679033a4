#!/bin/bash
# Without root, the module, debugfs or BTF every subcommand says in one line what is missing; bad filters exit 2.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

# one_line NAME EXPECTED-STATUS PATTERN COMMAND…: stderr is one line that matches
one_line() {
	local name=$1 expected=$2 pattern=$3 status
	shift 3
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status = "$expected" ] || no "$name: exit status $status, not $expected: $(cat "$work/err")"
	[ "$(wc -l <"$work/err")" = 1 ] || no "$name: not one line: $(cat "$work/err")"
	grep -qE "$pattern" "$work/err" || no "$name: $(cat "$work/err")"
}

for command in '' ls attach detach 'trace -d 1'; do
	# shellcheck disable=SC2086
	one_line "nobody: $command" 1 'sudo' as_nobody tcpscope $command
done
as_nobody tcpscope status >"$work/out" 2>"$work/err" || no "status fails as nobody: $(cat "$work/err")"
[ -s "$work/out" ] || no "status shows nothing as nobody"
for command in ls status attach detach trace; do
	as_nobody tcpscope $command --help >"$work/out" || no "$command --help fails"
	grep -q "tcpscope $command" "$work/out" || no "$command --help does not name it"
done

one_line 'a filter that stops short' 2 "dport >" tcpscope ls 'dport >'
grep -qE 'character 8|\^' "$work/err" || no "the error does not point at the place: $(cat "$work/err")"
one_line 'a state that is none' 2 'nonsense' tcpscope ls state nonsense
one_line 'an option that is none' 2 'nonsense' tcpscope ls --nonsense
one_line 'a command that is none' 2 'nonsense' tcpscope nonsense
one_line 'a column that is none' 2 'nonsense' tcpscope ls -o nonsense

rmmod tcpscope
one_line 'no module' 1 'modprobe tcpscope' tcpscope ls
tcpscope status >"$work/out" || no "status fails without the module"
modprobe tcpscope || no "modprobe"
umount /sys/kernel/debug
one_line 'no debugfs' 1 'mount -t debugfs' tcpscope ls
mount -t debugfs none /sys/kernel/debug
