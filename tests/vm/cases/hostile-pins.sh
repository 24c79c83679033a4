#!/bin/bash
# A user who may write into the bpf filesystem, whose links the kernel follows: nothing of root's is touched, nothing
# of the user's is used or removed, and what is in the way is named in a line.
# shellcheck source-path=SCRIPTDIR source=lib.bash
. /root/cases/lib.bash

bpffs=/sys/fs/bpf
umount $bpffs 2>/dev/null
mount -t bpf -o mode=1777 none $bpffs || no "no bpf filesystem"
sysctl -qw fs.protected_symlinks=0
user=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# What looks like a recorder of root's.
mkdir $bpffs/precious $bpffs/tcpscope_link
for name in lives control losses; do
	bpftool map create $bpffs/precious/$name type array key 4 value 4 entries 1 name x || no "bpftool"
done
whole() { [ "$(ls $bpffs/precious | paste -sd' ')" = 'control lives losses' ] || no "$1: root's directory holds $(ls $bpffs/precious)"; }

attaches() {
	timeout 60 tcpscope attach 2>"$work/err" || no "$1: attach failed: $(cat "$work/err")"
	[ ! -s "$work/err" ] || no "$1: attach said $(cat "$work/err")"
	tcpscope status -J | jq -e '.checks[] | select(.name == "recorder attached").ok' >/dev/null || no "$1: not attached"
	timeout 60 tcpscope detach || no "$1: detach failed"
	whole "$1"
}

# refused NAME PATTERN: attach is, in a line that says it; detach finds nothing of ours; readers do not believe it.
refused() {
	timeout 60 tcpscope attach 2>"$work/err" && no "$1: attached"
	[ "$(wc -l <"$work/err")" = 1 ] && grep -qE "$2" "$work/err" || no "$1: attach said $(cat "$work/err")"
	timeout 60 tcpscope attach --replace 2>"$work/err" && no "$1: replaced"
	[ "$(wc -l <"$work/err")" = 1 ] && grep -qE "$2" "$work/err" || no "$1: attach --replace said $(cat "$work/err")"
	timeout 60 tcpscope detach 2>"$work/err" && no "$1: detached"
	[ "$(wc -l <"$work/err")" = 1 ] && grep -qE "$2" "$work/err" || no "$1: detach said $(cat "$work/err")"
	tcpscope ls >/dev/null 2>"$work/err" || no "$1: ls failed: $(cat "$work/err")"
	tcpscope status >/dev/null 2>"$work/err" || no "$1: status failed: $(cat "$work/err")"
	whole "$1"
}

attaches 'nobody there'
"${user[@]}" ln -s precious $bpffs/tcpscope_1 || no "the user can't make a link"
"${user[@]}" mkdir $bpffs/tcpscope_7
"${user[@]}" ln -s nowhere $bpffs/tcpscope_8
attaches 'links and directories beside'
[ -L $bpffs/tcpscope_1 ] && [ -d $bpffs/tcpscope_7 ] && [ -L $bpffs/tcpscope_8 ] || no "the user's are gone: $(ls $bpffs)"
"${user[@]}" rm $bpffs/tcpscope_1 $bpffs/tcpscope_8 && "${user[@]}" rmdir $bpffs/tcpscope_7

"${user[@]}" mkdir $bpffs/tcpscope
refused 'a directory of the user' "$bpffs/tcpscope is .*a directory of user 65534.*chmod 700"
"${user[@]}" rmdir $bpffs/tcpscope || no "the user's directory is gone"
"${user[@]}" ln -s precious $bpffs/tcpscope
refused "a link to root's directory" 'a link of user 65534'
"${user[@]}" rm $bpffs/tcpscope && "${user[@]}" ln -s nowhere $bpffs/tcpscope
refused 'a link to nowhere' 'a link of user 65534'
"${user[@]}" rm $bpffs/tcpscope
bpftool map create $bpffs/tcpscope type array key 4 value 4 entries 1 name x
refused 'a file' 'a file of user 0'
rm $bpffs/tcpscope
mkdir -m 777 $bpffs/tcpscope
refused 'a directory of root that all may write to' 'a directory of user 0, mode 0777'
rmdir $bpffs/tcpscope

# Who may read the directory may lock it: that keeps nobody waiting.
"${user[@]}" flock $bpffs sleep 1000 &
attaches 'while the user has it locked'
kill $!

# Links come and go while root attaches and detaches, until the script is gone: killed, it would leave some.
cat >"$work/race" <<'END'
while [ -e "$0" ]; do
	for name in tcpscope tcpscope_1 tcpscope_4294967295; do
		ln -s precious /sys/fs/bpf/$name && mkdir /sys/fs/bpf/${name}0
		sleep 0.01
		rm /sys/fs/bpf/$name; rmdir /sys/fs/bpf/${name}0
	done
done 2>/dev/null
END
chmod 755 "$work" "$work/race"
"${user[@]}" bash "$work/race" &
race=$!
done=0
runs=${FULL:+25}
for ((run = 0; run < ${runs:-3}; run++)); do
	if timeout 60 tcpscope attach 2>"$work/err"; then
		done=$((done + 1))
		timeout 60 tcpscope detach 2>"$work/err" || no "detach in a race: $(cat "$work/err")"
	else
		[ "$(wc -l <"$work/err")" = 1 ] || no "in a race attach said $(cat "$work/err")"
	fi
	whole 'a race'
done
rm "$work/race"
wait $race
echo "in the race $done of $run times it attached"
rm -rf $bpffs/tcpscope $bpffs/tcpscope*0 $bpffs/tcpscope_1

# Where everybody may take away what is not theirs, nothing is safe.
chmod 777 $bpffs
refused 'a directory without the sticky bit' 'chmod 700'
chmod 700 $bpffs
attaches 'as it should be'
rmdir $bpffs/tcpscope_link
rm -r $bpffs/precious
[ -z "$(ls $bpffs)" ] || no "left: $(ls $bpffs)"
