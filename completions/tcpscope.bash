# bash completion for tcpscope. Everything it offers comes from the command's own tables.

# Offers the words that begin with the one typed.
_tcpscope_offer() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

# Of a list with commas, completes what follows the last one.
_tcpscope_columns() {
	local typed=${COMP_WORDS[COMP_CWORD]} before=
	[[ $typed != *,* ]] || before=${typed%,*},
	[[ -n $before || $typed != +* ]] || before=+
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(tcpscope ls --list-columns)" -- "${typed:${#before}}")
	compopt -o nospace 2>/dev/null
}

_tcpscope_filter() {
	local more=
	[[ $COMP_CWORD -lt 3 || ${COMP_WORDS[COMP_CWORD - 2]} != timer ]] || more=$(tcpscope ls --list-timer-parts)
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	state | exclude) _tcpscope_offer "$(tcpscope ls --list-states)" ;;
	timer) _tcpscope_offer "$(tcpscope ls --list-timers)" ;;
	flag) _tcpscope_offer "$(tcpscope ls --list-flags)" ;;
	family) _tcpscope_offer 'inet inet6' ;;
	*) _tcpscope_offer "$(tcpscope ls --list-conditions) and or not $more" ;;
	esac
}

_tcpscope() {
	local command=${COMP_WORDS[1]-} typed=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ] && [[ $typed != -* ]]; then
		_tcpscope_offer "$(tcpscope --list-commands)"
		return
	fi
	[[ $command != -* ]] || command=
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-o | --output) _tcpscope_columns ;;
	--set) compopt -o nospace 2>/dev/null; _tcpscope_offer "$(tcpscope doctor --list-thresholds)" ;;
	--sort) _tcpscope_offer "$(tcpscope ls --list-columns | sed 'p; s/^/-/')" ;;
	-N | --netns) _tcpscope_offer "$(cd /run/netns 2>/dev/null && ls)" ;;
	*)
		if [[ $typed == -* ]]; then
			# shellcheck disable=SC2086 # no command is no word
			_tcpscope_offer "$(tcpscope $command --list-options)"
		elif [[ $command == @(ls|explain|trace|timewait) ]]; then
			_tcpscope_filter
		fi
		;;
	esac
}

complete -F _tcpscope tcpscope
