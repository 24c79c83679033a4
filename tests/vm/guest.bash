# Makes the RAM root of the lab machine; sourced by run.
# shellcheck shell=bash disable=SC2154 # here, cache_root: lib.bash has them
#
# It is two archives, one behind the other, as the kernel allows: the base (programs, their libraries,
# kernel modules; made again only when one of them changes) and what belongs to one run.

# Loaded before the script starts: the way to the host, and what ss asks without waiting for an autoload.
# shellcheck disable=SC2034
boot_modules=(virtio_pci virtio_console tcp_diag unix_diag)

# Loaded on demand, by name or by the kernel itself. Those a kernel lacks are left out.
guest_modules=(
	af_packet_diag udp_diag raw_diag veth dummy ifb tun bridge
	nf_tables nft_ct nft_limit nft_log nft_reject nft_reject_inet nft_reject_ipv4 nft_reject_ipv6
	nft_reject_netdev nft_numgen nft_counter nft_hash nft_quota nft_connlimit nft_nat nft_masq nft_redir
	nft_chain_nat nft_fib_inet nft_synproxy nft_queue nft_socket nft_tproxy nft_dup_netdev
	nft_fwd_netdev nf_conntrack nf_log_syslog nfnetlink nfnetlink_log nf_conntrack_netlink
	sch_netem sch_htb sch_tbf sch_fq sch_fq_codel sch_ingress sch_prio
	cls_u32 cls_bpf cls_matchall act_mirred act_bpf
	tcp_bbr tcp_dctcp tcp_htcp tcp_vegas mptcp_diag tls sctp
)

# Real programs, where busybox has none or a poorer one. All of them must be there.
guest_programs=(
	bash dash ip ss nft tc tcpdump jq kmod busybox
	cat comm date dd env head id ls mktemp od seq sleep sort stat stdbuf tail tee timeout tr wc
	grep sed flock getent mountpoint nsenter prlimit ps pgrep pkill setpriv taskset unshare
)

# Copies a file into the root, at the given path or at its own, following links.
put() {
	local root=$1 file=$2 path=${3:-$2}
	mkdir -p "$root${path%/*}"
	cp -L --preserve=mode,timestamps "$file" "$root$path"
}

# Prints the shared libraries that a program or library needs; nothing for a static one.
libraries_of() {
	LC_ALL=C ldd "$1" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'
}

put_program() {
	local root=$1 library
	put "$@"
	while read -r library; do
		[ -e "$root$library" ] || put "$root" "$library"
	done < <(libraries_of "$2")
}

make_skeleton() {
	local root=$1 dir
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{dev,proc,sys,tmp,run,root,etc,mnt,var/empty}
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$root/$dir"
	done
	ln -s /run "$root/var/run"
	chmod 700 "$root/root"
	chmod 1777 "$root/tmp"
}

# tcpdump turns into a user of its own name, who could not write into /root; here he is root.
make_etc() {
	local etc=$1/etc file
	printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' 'tcpdump:x:0:0:root:/root:/bin/false' 'user:x:1000:1000:user:/tmp:/bin/bash' \
		'nobody:x:65534:65534:nobody:/tmp:/bin/bash' >"$etc/passwd"
	printf '%s\n' 'root:x:0:' 'tty:x:5:' 'user:x:1000:' 'nogroup:x:65534:' >"$etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' 'services: files' 'protocols: files' \
		>"$etc/nsswitch.conf"
	printf '%s\n' '127.0.0.1 localhost lab' '::1 localhost' >"$etc/hosts"
	for file in services protocols; do
		[ -e "/etc/$file" ] || die "/etc/$file is missing: run tests/deps vm"
		cp -L "/etc/$file" "$etc/$file"
	done
	# These three have their own ideas of where their tables are.
	[ ! -d /etc/iproute2 ] || cp -rL /etc/iproute2 "$etc/"
	[ ! -d /usr/share/iproute2 ] || { mkdir -p "$1/usr/share" && cp -rL /usr/share/iproute2 "$1/usr/share/"; }
}

put_programs() {
	local root=$1 name path
	for name in "${guest_programs[@]}"; do
		path=$(find_program "$name")
		# One place for all, however the host arranges /bin, /usr/bin and /usr/local.
		put_program "$root" "$path" "/usr/bin/$name"
	done
	# Not busybox, whose shell prefers its own applets to the real programs.
	ln -s dash "$root/usr/bin/sh"
	for name in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -s ../bin/kmod "$root/usr/sbin/$name"
	done
	for name in $("$root/usr/bin/busybox" --list); do
		[ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] || ln -s busybox "$root/usr/bin/$name"
	done
}

# Prints the files of the named modules and of what they need, each behind what it depends on.
modules_with_needs() {
	local tree=$1 release=$2 name
	shift 2
	for name; do
		"$modprobe" -d "$tree" -S "$release" --show-depends "$name" 2>/dev/null |
			awk '$1 == "insmod" { print $2 }' || true
	done | awk '!seen[$0]++'
}

put_modules() {
	local root=$1 series=$2 tree=$cache_root/$2/modules release modprobe file
	release=$(<"$cache_root/$series/release")
	modprobe=$(find_program modprobe)
	modules_with_needs "$tree" "$release" "${boot_modules[@]}" | sed "s|^$tree||" >"$root/etc/boot-modules"
	[ -s "$root/etc/boot-modules" ] || die "Linux $release has no virtio_console module"
	while read -r file; do
		put "$root" "$file" "${file#"$tree"}"
	done < <(modules_with_needs "$tree" "$release" "${boot_modules[@]}" "${guest_modules[@]}")
	cp "$tree/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$release/"
	"$(find_program depmod)" -b "$root" "$release"
}

pack() {
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc -R 0:0)
}

# True when the base archive is younger than all that it is made of. Packages keep their build's
# modification times, so the time that counts is that of the installation (ctime).
base_is_fresh() {
	local base=$1 series=$2 sources
	[ -e "$base" ] || return 1
	mapfile -t sources < <(for name in "${guest_programs[@]}"; do find_program "$name"; done)
	[ -z "$(find -H "$here/guest.bash" "$here/init.c" "$cache_root/$series/release" "${sources[@]}" \
		-newercc "$base" -print -quit)" ]
}

make_init() {
	[ "$1" -nt "$here/init.c" ] || ${CC:-gcc} -O2 -Wall -Wextra -static -o "$1" "$here/init.c"
}

# Makes DIR/base (the tree) and DIR/base.cpio for a series.
make_base() {
	local dir=$1 series=$2
	! base_is_fresh "$dir/base.cpio" "$series" || return 0
	say "making the RAM root for Linux $series"
	rm -rf "$dir/base" "$dir/base.cpio"
	mkdir -p "$dir"
	make_skeleton "$dir/base"
	make_etc "$dir/base"
	put_programs "$dir/base"
	put_modules "$dir/base" "$series"
	make_init "$dir/init"
	cp "$dir/init" "$dir/base/init"
	pack "$dir/base" >"$dir/base.cpio.new"
	mv "$dir/base.cpio.new" "$dir/base.cpio"
}
