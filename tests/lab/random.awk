# Holds what explain says against what was captured: see tests/lab/random. One line a connection: "ok PORT", or
# "no PORT: what is wrong".

# What a connection's segments were, by way: sent at one end, met at the other.
FILENAME ~ /a\.segments$/ { note($2 == "a>b"); next }
FILENAME ~ /b\.segments$/ { note($2 == "b>a"); next }

function note(is_sender,   i) {
	if (is_sender) {
		i = ++n_sent
		sent_at[i] = $1; way[i] = $2; port[i] = $3; kind[i] = tolower($4); seq[i] = $5
		sub(/-/, "", kind[i])	# as explain calls it
		key = $2 " " $3 " " $4 " " $5 " " $6
		sent[key] = sent[key] " " i
		of_port[$3] = of_port[$3] " " i
	} else
		met[++n_met] = $1 " " $2 " " $3 " " $4 " " $5 " " $6
}

# The latest sent before it was met, and not met yet.
function match_met(   i, j, f, candidates, m, best) {
	for (i = 1; i <= n_met; i++) {
		split(met[i], f, " ")
		m = split(sent[f[2] " " f[3] " " f[4] " " f[5] " " f[6]], candidates, " ")
		best = 0
		for (j = 1; j <= m; j++)
			if (sent_at[candidates[j]] <= f[1] + 0.0005 && !arrived[candidates[j]])
				best = candidates[j]
		if (best)
			arrived[best] = 1
	}
	for (i = 1; i <= n_sent; i++)
		if (!arrived[i])
			lost[port[i] " " way[i] " " kind[i]]++
}

FILENAME ~ /counters$/ { sub(/_.*/, "", $2); dropped[$2 " " $1] += $3; next }
FILENAME ~ /both\.ladders$/ { both[$3] = both[$3] "\n" $0; next }
FILENAME ~ /one\.ladders$/ { one[$3] = one[$3] "\n" $0; next }
FILENAME ~ /gaps$/ { gap[$1] = 1; next }
FILENAME ~ /of-both-ends$/ { of_both[$1] = 1; next }
FILENAME ~ /one\.verdicts$/ { if ($3 in of_both) wrong($2, "from " $1 " alone it says " $3); next }

function wrong(p, what) { faults[p] = faults[p] (faults[p] ? "; " : "") what }

# Whether a segment of that way, kind, number and time was lost; what is not known is "-".
function was_lost(p, w, k, s, t,   i, f, m, slack, late) {
	m = split(of_port[p], f, " ")
	slack = k == "ack" ? 0.25 : 0.003
	late = slack
	if (k == "fin")
		late = 0.25 # its time is that of close(); a small window may hold it back
	if (k == "syn")
		late = 0.05 # its time is that of connect(); the first of all finds nothing in place
	for (i = 1; i <= m; i++) {
		if (way[f[i]] != w || kind[f[i]] != k || arrived[f[i]])
			continue
		if (s != "-" && seq[f[i]] != "-" && k != "ack" && seq[f[i]] != s)
			continue
		if (t != "-" && (sent_at[f[i]] - t - offset > late || t + offset - sent_at[f[i]] > slack))
			continue
		return 1
	}
	return 0
}

# Each loss of the ladder is one of the capture, and there are as many of each kind; not where the kernel skipped a
# hook and explain says so.
function check_both(p, end,   lines, f, i, m, told, k, w, j, kinds, ways, what) {
	m = split(both[p], lines, "\n")
	for (i = 2; i <= m; i++) {
		split(lines[i], f, " ")
		if (f[1] != end || (f[5] != "lost" && f[5] != "refused"))
			continue
		told[f[2] " " f[4]] += f[8]
		if (!was_lost(p, f[2], f[4], f[6], f[7]))
			wrong(p, "seen by " end " a " f[4] " " f[2] " seq " f[6] " was lost that was not")
	}
	split("a>b b>a", ways, " ")
	split("syn synack ack data fin rst", kinds, " ")
	for (w = 1; w <= 2; w++)
		for (j = 1; j <= 6; j++) {
			what = ways[w] " " kinds[j]
			if (told[what] + 0 != lost[p " " what] + 0 && !(p in gap))
				wrong(p, "seen by " end " " (told[what] + 0) " " what " were lost, but " (lost[p " " what] + 0) " were")
		}
	return m > 1
}

# One end knows of no loss, and of no arrival that was none.
function check_one(p,   lines, f, i, m) {
	m = split(one[p], lines, "\n")
	for (i = 2; i <= m; i++) {
		split(lines[i], f, " ")
		if (f[5] == "lost" || f[5] == "refused")
			wrong(p, "from " f[1] " alone a " f[4] " was " f[5])
		if (f[5] == "arrived" && f[7] != "-" && f[4] != "ack" && was_lost(p, f[2], f[4], f[6], f[7]))
			wrong(p, "from " f[1] " alone a " f[4] " arrived that was lost")
	}
}

function check_counters(p,   ways, w, k, n_lost, key, f) {
	split("a>b b>a", ways, " ")
	for (w = 1; w <= 2; w++) {
		n_lost = 0
		for (key in lost) {
			split(key, f, " ")
			if (f[1] == p && f[2] == ways[w])
				n_lost += lost[key]
		}
		if (n_lost != dropped[p " " ways[w]] + 0)
			wrong(p, "nftables dropped " (dropped[p " " ways[w]] + 0) " " ways[w] ", and " n_lost " were lost")
	}
}

END {
	match_met()
	for (c = 1; c <= n; c++) {
		p = 10000 + c
		if (!(p in both))
			wrong(p, "explain knows nothing of it")
		check_both(p, "a")
		check_both(p, "b")
		check_one(p)
		check_counters(p)
		print faults[p] ? "no " p ": " faults[p] : "ok " p
	}
}
