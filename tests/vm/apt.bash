# An apt of its own that reads other Debian suites than the host's, and changes nothing there; sourced, never run, by
# what has say() and sets $tmp to a directory of its own.
# shellcheck shell=bash

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

# Where a series may be found, best first. Suites move on to newer series; the later entries are
# where this one then still is.
suites_of() {
	case $1 in
	6.1)	echo bookworm ;;
	6.12)	echo trixie bookworm-backports ;;
	7.2)	echo forky trixie-backports sid ;;
	esac
}

# The apt sources of a suite: itself, what it builds on, and security updates.
sources_of() {
	local suite=$1 base=${1%-backports}
	echo "deb [signed-by=$keyring] $mirror $base main"
	[ "$base" = "$suite" ] || echo "deb [signed-by=$keyring] $mirror $suite main"
	case $base in
	bookworm|trixie) echo "deb [signed-by=$keyring] $security $base-security main" ;;
	esac
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# An apt that knows nothing of the host: its own lists, cache, and an empty dpkg database in which
# only an initramfs generator is said to be installed, or the kernel would bring one, with an init.
make_private_apt() {
	mkdir -p "$tmp"/apt/{lists/partial,cache/archives/partial}
	sources_of "$1" >"$tmp/apt/sources.list"
	cat >"$tmp/apt/status" <<-STATUS
	Package: no-initramfs
	Status: install ok installed
	Architecture: amd64
	Version: 1
	Provides: linux-initramfs-tool
	Maintainer: nobody <nobody@localhost>
	Description: stands for an initramfs generator

	STATUS
	# Check-Valid-Until: mirrors of testing may lag; what they serve is still signed.
	cat >"$tmp/apt/apt.conf" <<-CONF
	Dir::State "$tmp/apt";
	Dir::State::status "$tmp/apt/status";
	Dir::Cache "$tmp/apt/cache";
	Dir::Etc::sourcelist "$tmp/apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "amd64";
	APT::Architectures "amd64";
	APT::Install-Recommends "false";
	APT::Sandbox::User "";
	Acquire::Languages "none";
	Acquire::Check-Valid-Until "false";
	Acquire::Retries "3";
	CONF
	export APT_CONFIG=$tmp/apt/apt.conf
	log apt-get -q update
}

# Runs a command with its output in the log, whose end is shown when it fails.
log() {
	"$@" >"$tmp/log" 2>&1 </dev/null && return
	say "failed: $*"
	tail -n 15 "$tmp/log" >&2
	return 1
}
