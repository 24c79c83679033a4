# Holds what was seen against what was expected: the captures of both ends, and the recorder's events.
#
#	awk -v delay=SECONDS -v begin=… -v end=… -v offset=… -v netns_a=… -v netns_b=… -v crowd=… \
#		-f judge.awk rows a.segments b.segments events
#
# rows: see expect.bash. segments: TIME WAY PORT KIND. events: MONOTONIC_NS NETNS PORT NAME.
# Prints "no WHAT" for each fault, and "LABEL TIME" for each row with a label, in seconds since the first.

function fault(text) { print "no " text; faults++ }

# The kernel's timers are late by up to one step of the wheel's level (kernel/time/timer.c), at 250 Hz.
function step(gap) {
	return gap < 0.25 ? 0.008 : gap < 2 ? 0.032 : gap < 16 ? 0.256 : gap < 131 ? 2.048 : 16.384
}

function tolerance(gap,   s) {
	s = step(gap)
	return (s > gap * 0.05 ? s : gap * 0.05) + 0.012	# what the programs themselves take
}

function abs(x) { return x < 0 ? -x : x }

FILENAME == ARGV[1] {
	split($0, f, "|")
	n++
	time[n] = f[1]; way[n] = f[2]; port[n] = f[3]; kind[n] = f[4]; fate[n] = f[5]; label[n] = f[6]; events[n] = f[7]
	known[f[3]] = 1
	next
}

FILENAME == ARGV[2] || FILENAME == ARGV[3] {
	if ($1 > end) next
	where = FILENAME == ARGV[2] ? "a" : "b"
	if (!($3 in known)) {
		if (!crowd) fault(where " saw " $4 " " $2 " of port " $3 ", of which nothing is known")
		next
	}
	i = ++seen[where, $2]
	seg_time[where, $2, i] = $1; seg_port[where, $2, i] = $3; seg_kind[where, $2, i] = $4
	next
}

{
	t = $1 / 1e9 + offset
	if (t < begin || t > end) next
	where = $2 == netns_a ? "a" : $2 == netns_b ? "b" : ""
	if (where == "" || !($3 in known)) next
	i = ++told[where, $3]
	told_time[where, $3, i] = t; told_name[where, $3, i] = $4
}

# The next segment that an end's capture has for a row; its time, or "".
function take(where, row,   i, w) {
	w = way[row]
	i = ++taken[where, w]
	if (i > seen[where, w]) {
		fault(sprintf("row %d: %s saw no %s %s after %s", row, where, kind[row], w,
			i > 1 ? sprintf("%.3f", seg_time[where, w, i - 1] - t0) : "the beginning"))
		return ""
	}
	if (seg_kind[where, w, i] != kind[row] || seg_port[where, w, i] != port[row]) {
		fault(sprintf("row %d: %s saw %s %s of port %s at %.3f, not %s of port %s", row, where, seg_kind[where, w, i], w,
			seg_port[where, w, i], seg_time[where, w, i] - t0, kind[row], port[row]))
		return ""
	}
	return seg_time[where, w, i]
}

# The next event of an end; near is the time it should have, "" when it gives the row its time.
function take_event(row, where, name, near,   i) {
	i = ++told_taken[where, port[row]]
	if (i > told[where, port[row]]) {
		fault(sprintf("row %d: the recorder told no %s of %s", row, name, where))
		return ""
	}
	if (told_name[where, port[row], i] != name) {
		fault(sprintf("row %d: the recorder told %s of %s at %.3f, not %s", row, told_name[where, port[row], i], where,
			told_time[where, port[row], i] - t0, name))
		return ""
	}
	if (near != "" && abs(told_time[where, port[row], i] - near) > 0.005)
		fault(sprintf("row %d: the recorder told %s of %s at %.3f, but it was at %.3f", row, name, where,
			told_time[where, port[row], i] - t0, near - t0))
	return told_time[where, port[row], i]
}

# Passes over all until a time.
function skip(until,   key, part) {
	for (key in seen) {
		split(key, part, SUBSEP)
		while (taken[key] < seen[key] && seg_time[part[1], part[2], taken[key] + 1] < until) taken[key]++
	}
	for (key in told) {
		split(key, part, SUBSEP)
		while (told_taken[key] < told[key] && told_time[part[1], part[2], told_taken[key] + 1] < until) told_taken[key]++
	}
}

function row_events(row,   k, m, part, where, name, t, first) {
	m = split(events[row], part, " ")
	for (k = 1; k <= m; k++) {
		where = substr(part[k], 1, 1)
		name = substr(part[k], 3)
		t = take_event(row, where, name, way[row] == "-" ? first : at_end[row, where])
		if (first == "") first = t
	}
	return first
}

function row_segment(row,   from, to) {
	from = substr(way[row], 1, 1)
	to = substr(way[row], 3, 1)
	if (fate[row] == "blind") {
		at_end[row, "a"] = at_end[row, "b"] = take("b", row)
		return at_end[row, "b"]
	}
	at_end[row, from] = take(from, row)
	if (fate[row] == "lost") {
		lost[way[row]]++
		return at_end[row, from]
	}
	at_end[row, to] = take(to, row)
	if (at_end[row, from] != "" && at_end[row, to] != "" && abs(at_end[row, to] - at_end[row, from] - delay) > 0.003)
		fault(sprintf("row %d: %s took %.3f s", row, kind[row], at_end[row, to] - at_end[row, from]))
	return at_end[row, from]
}

# Is the row's time what was computed?
function check_time(row,   from, gap, p, name) {
	if (substr(time[row], 1, 1) == "<") {
		if (abs(real[row] - real[row - 1]) > substr(time[row], 2) + 0) fault("row " row ": late: " events[row])
		return
	}
	p = index(time[row], "+")
	gap = p ? substr(time[row], p + 1) : time[row]
	name = p ? substr(time[row], 1, p - 1) : ""
	from = !p ? t0 : name == "" ? real[row - 1] : named[name]
	if (from == "" || real[row] == "") {
		if (from == "") fault("row " row ": there is no time to count from: " time[row])
		return
	}
	if (abs(real[row] - from - gap) > tolerance(gap))
		fault(sprintf("row %d: %s at %.3f, %.3f s after the time it counts from, not %.3f", row,
			kind[row] != "" ? kind[row] " " way[row] : events[row], real[row] - t0, real[row] - from, gap))
}

END {
	for (row = 1; row <= n && faults < 5; row++) {
		if (way[row] == "skip") {
			real[row] = t0 + time[row]
			skip(real[row])
			continue
		}
		if (way[row] != "-") {
			real[row] = row_segment(row)
			if (t0 == "") t0 = real[row]
			row_events(row)
		} else
			real[row] = row_events(row)
		if (label[row] != "") {
			named[label[row]] = real[row]
			if (real[row] != "") printf "%s %.3f\n", label[row], real[row] - t0
		}
		check_time(row)
	}
	if (faults) exit 1
	for (key in seen)
		if (seen[key] > taken[key]) {
			split(key, part, SUBSEP); i = taken[key] + 1
			fault(sprintf("%s saw one more %s %s, at %.3f", part[1], seg_kind[part[1], part[2], i], part[2],
				seg_time[part[1], part[2], i] - t0))
		}
	for (key in told)
		if (told[key] > told_taken[key]) {
			split(key, part, SUBSEP); i = told_taken[key] + 1
			fault(sprintf("the recorder told one more event of %s, port %s: %s at %.3f", part[1], part[2],
				told_name[part[1], part[2], i], told_time[part[1], part[2], i] - t0))
		}
	for (w in lost) print "lost " w " " lost[w]
	exit faults > 0
}
