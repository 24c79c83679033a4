# Linux's source, out of Debian's linux-source package, unpacked once into the cache and fit to hold the
# module; or any tree, to hold the kit alone. Sourced by what builds a kernel of it, which has fail() and say().
# shellcheck shell=bash disable=SC2034 # who sources this uses what it sets

module=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../kmod" && pwd -P)
kunit_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpscope

# Raise it when unpack() leaves out less than before: the tree is then unpacked again.
recipe=1

# use_series SERIES: the tree is to be this kernel's, unpacked into the cache.
use_series() {
	series=$1
	cache=$kunit_cache/kunit-$series
	tree=$cache/source
}

# use_tree DIR: the tree is somebody's own; what is built of it lands in the cache.
use_tree() {
	tree=$(cd "$1" 2>/dev/null && pwd -P) || fail "there is no directory $1"
	[ -e "$tree/tools/testing/kunit/kunit.py" ] || fail "$tree is no kernel's source: it has no kunit.py"
	series=
	cache=$kunit_cache/kunit-tree-$(cksum <<<"$tree" | cut -d ' ' -f 1)
}

use_series 6.1

# Prints the name of Linux's source, which is downloaded if need be.
tarball() {
	"$module/../tests/kunit/source" "$series"
}

# Prints what identifies the unpacked tree: the package and the recipe here.
identity() {
	local version file
	version=$(dpkg-query -W -f '${Version}' "linux-source-$series" 2>/dev/null) ||
		{ file=$(tarball) && version=$(stat -L -c '%s-%Y' "$file"); } || return
	echo "$version recipe $recipe"
}

# Unpacks the kernel without what user mode can't use; all Kconfig files stay.
unpack() {
	local skip=() part usb=usb
	# Later ones have PCI in user mode, and want a file of it.
	[ "$series" = 6.1 ] || usb=none
	for part in arch/{alpha,arc,arm,arm64,ia64,m68k,mips,parisc,powerpc,riscv,s390,sh,sparc,xtensa} \
		drivers/{gpu,media,infiniband,scsi,staging,"$usb",iio,pinctrl,net/ethernet,net/wireless} sound
	do
		skip+=(--exclude="linux-source-$series/$part/*.[chS]" --exclude="linux-source-$series/$part/*.dts*")
	done
	tar -xJf "$(tarball)" --strip-components=1 -C "$1" "${skip[@]}" --exclude='*/Documentation/*.rst' \
		--exclude="linux-source-$series/tools/perf" --exclude="linux-source-$series/tools/testing/selftests"
}

# Changes a file of the tree once: its name, the words that show it was done, how sed does it.
edit() {
	grep -qF "$2" "$tree/$1" && return
	sed -i "$3" "$tree/$1"
	grep -qF "$2" "$tree/$1" || fail "$1 of this kernel is not as expected"
}

# Makes room for the kit, and for suites that use it.
hook_kit() {
	edit net/Kconfig net/tcp_kunit/Kconfig '\|^source "net/mptcp/Kconfig"|a source "net/tcp_kunit/Kconfig"'
	edit net/Makefile 'obj-y += tcp_kunit/' "\$a obj-y += tcp_kunit/ tcp_kunit_suites/"
}

# As edit(), where the words to be changed are there at all: kernels differ.
edit_if() {
	! grep -qF "$4" "$tree/$1" || edit "${@:1:3}"
}

# Makes room for the module in the tree, and fits the tree to its tests.
hook() {
	edit net/Kconfig net/tcpscope/Kconfig '\|^source "net/mptcp/Kconfig"|a source "net/tcpscope/Kconfig"'
	edit net/Makefile 'obj-y += tcpscope/' "\$a obj-y += tcpscope/"
	hook_kit
	# A prompt makes it something to choose.
	edit arch/um/Kconfig 'int "HZ"' '/^config HZ$/{n;s/int/int "HZ"/}'
	# Preemption stays off, but it is counted, so that sleeping under a lock is noticed.
	edit_if arch/um/Kconfig '# no ARCH_NO_PREEMPT' 's/select ARCH_NO_PREEMPT$/# no ARCH_NO_PREEMPT/' ARCH_NO_PREEMPT
	# What runs at the PVH entry runs before KASAN has a shadow.
	grep -q '^KASAN_SANITIZE := n' "$tree/arch/x86/platform/pvh/Makefile" ||
		edit arch/x86/platform/pvh/Makefile 'KASAN_SANITIZE_enlighten.o' '$a KASAN_SANITIZE_enlighten.o := n'
	edit lib/Makefile '# for the PVH entry' '$a # for the PVH entry\nKASAN_SANITIZE_string.o := n'
	# A test may take a day of virtual time; kunit.py --timeout ends one that hangs. Later kernels have kunit.timeout=.
	edit_if lib/kunit/try-catch.c '86400 * msecs_to_jiffies' 's/return 300 \* msecs_to_jiffies/return 86400 * msecs_to_jiffies/' \
		'msecs_to_jiffies(MSEC_PER_SEC)'
}

# Takes a bug out again that tests/kunit/mutate has put in; as young as now, so that it is built again.
restore_tree() {
	[ -e "$tree/.mutated" ] || return 0
	touch "$tree/.mutated"
	mv "$tree/.mutated" "$tree/$(<"$tree/.mutated.name")"
	rm -f "$tree/.mutated.name"
}

# Takes the kit out of a tree that is somebody's own.
unhook_kit() {
	rm -rf "$tree/net/tcp_kunit" "$tree/net/tcp_kunit_suites"
	sed -i '\|^source "net/tcp_kunit/Kconfig"|d' "$tree/net/Kconfig"
	sed -i '\|^obj-y += tcp_kunit/ tcp_kunit_suites/|d' "$tree/net/Makefile"
}

# Brings the cached tree up to date; it appears whole or not at all.
prepare_tree() {
	local want new
	want=$(identity)
	[ "$(cat "$tree/.tcpscope" 2>/dev/null)" != "$want" ] || return 0
	say "unpacking linux-source-$series ${want%% *}"
	rm -rf "$cache"/new.*
	new=$(mktemp -d "$cache/new.XXXXXX")
	unpack "$new"
	echo "$want" >"$new/.tcpscope"
	rm -rf "$tree" "$cache"/build*
	mv -T "$new" "$tree"
}

# Links a directory of this checkout into the tree; objects of another checkout are dropped.
link_dir() {
	local link=$tree/net/$2
	[ "$(readlink "$link")" != "$1" ] || return 0
	rm -rf "$cache"/build*/net/"$2"
	ln -sfn "$1" "$link"
}

# link_suites FILE…: suites that use the kit, each a C file.
link_suites() {
	local dir=$tree/net/tcp_kunit_suites file name list
	mkdir -p "$dir"
	find "$dir" -maxdepth 1 -name '*.c' -delete
	list="ccflags-y += -I\$(srctree)/net/tcp_kunit"
	for file; do
		[ -r "$file" ] || fail "there is no suite $file"
		name=$(basename "$file" .c)
		ln -s "$(realpath "$file")" "$dir/$name.c"
		list+=$'\n'"obj-\$(CONFIG_TCP_KUNIT) += $name.o"
	done
	# A Kbuild file that did not change is not written: it would be built again.
	[ "$(cat "$dir/Kbuild" 2>/dev/null)" = "$list" ] || echo "$list" >"$dir/Kbuild"
}

# Links this checkout's module and kit into the tree.
link_module() {
	link_dir "$module" tcpscope
	link_kit "$@"
}

link_kit() {
	link_dir "$module/kunit" tcp_kunit
	link_suites "$@"
}
