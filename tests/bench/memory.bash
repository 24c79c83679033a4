# What the recorder's memory takes: attached and idle, on a host of two processors, and for a connection. The kernel's own
# account of maps is that of their contents from 6.4 on, before that of what they might grow to.
# shellcheck shell=bash
N=20000

allow_timewaits

# meminfo NAME…: the sum of these, in KiB, once what was freed lately is free.
meminfo() {
	sleep 5
	echo 3 >/proc/sys/vm/drop_caches
	awk -v names="$*" 'BEGIN { n = split(names, name) } { kib[$1] = $2 }
		END { for (i = 1; i <= n; i++) sum += kib[name[i] ":"]; print sum }' /proc/meminfo
}

maps_json() { bpftool map show -j; }
maps_bytes() { maps_json | jq "[ .[] | select($1) | .bytes_memlock ] | add // 0"; }

# What N TIME-WAIT sockets take, in KiB, while they last.
fill() {
	local before
	before=$(meminfo Slab VmallocUsed Percpu)
	timewaits $N 127.0.0."$1" 900
	kib=$(($(meminfo Slab VmallocUsed Percpu) - before))
}

fill 2
alone=$kib
sleep 65
free=$(meminfo MemFree Cached)
tcpscope attach || exit
idle=$((free - $(meminfo MemFree Cached))) maps=$(calc 0 "$(maps_bytes true) / 1024")
maps_json | jq -r '.[] | "\(.name) \(.type) \(.bytes_memlock) \(.max_entries)"' |
	awk '{ printf "  %-16s %-14s %10d bytes, room for %d\n", $1, $2, $3, $4 }'
lives=$(maps_bytes '.name == "lives"')
fill 3
each=$(calc 0 "($kib - $alone) * 1024 / $N") accounted=$(calc 0 "($(maps_bytes '.name == "lives"') - $lives) / $N")
tcpscope detach
echo "attached and idle: $maps KiB in maps, $idle KiB in all with programs and their kernel memory"
echo "a connection: $each bytes in all, of these $accounted in the map of lives as the kernel accounts them"
goal 'maps attached and idle, KiB' "$maps" 12288
goal 'a connection, bytes' "$each" 512
