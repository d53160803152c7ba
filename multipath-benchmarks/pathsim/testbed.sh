#!/bin/bash
# testbed.sh - two network namespaces joined by K emulated paths (pathsim) and
# one unshaped veth.  Everything lives in namespaces mpA$SFX (client) and
# mpB$SFX (server).  See README.md.   SFX=<suffix> runs several side by side.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=${PATHSIM_WORK:-$HERE/../target/pathsim}; mkdir -p "$WORK"; WORK=$(cd "$WORK" && pwd)    # programs and state
SFX=${SFX:-}; A=mpA$SFX; B=mpB$SFX
RUN=$WORK/run/${SFX:-default}; SOCK=$RUN/sock
na() { ip netns exec "$A" "$@"; }
nb() { ip netns exec "$B" "$@"; }
both() { na "$@"; nb "$@"; }

stop_sim() {
    if [ -s "$RUN/pid" ]; then
        local p; p=$(cat "$RUN/pid")
        if [ "$(readlink "/proc/$p/exe" 2>/dev/null)" = "$WORK/pathsim" ]; then
            kill "$p"; for _ in $(seq 50); do [ -d "/proc/$p" ] || break; sleep 0.02; done
        fi
        rm -f "$RUN/pid"
    fi
}
down() {
    stop_sim
    for n in "$A" "$B"; do
        [ -e "/var/run/netns/$n" ] || continue
        ip netns pids "$n" | xargs -r kill 2>/dev/null || true    # only what runs inside our namespace
        ip netns del "$n"
    done
    rm -rf "$RUN"
}
up() {
    local K=${1:-2} k; shift || true
    down; mkdir -p "$RUN"
    for c in pathsim mpbench; do
        [ -x "$WORK/$c" ] && [ "$WORK/$c" -nt "$HERE/$c.c" ] || gcc -O2 -Wall -Wextra -o "$WORK/$c" "$HERE/$c.c" -lm
    done
    ip netns add "$A"; ip netns add "$B"
    both ip link set lo up
    both sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv4.tcp_no_metrics_save=1 net.mptcp.enabled=1
    # unshaped reference link
    ip -n "$A" link add v0 type veth peer name v0 netns "$B"
    ip -n "$A" addr add 10.77.200.1/24 dev v0; ip -n "$B" addr add 10.77.200.2/24 dev v0
    ip -n "$A" link set v0 up; ip -n "$B" link set v0 up
    both ip mptcp endpoint flush 2>/dev/null || true
    both ip mptcp limits set subflows 0 add_addr_accepted 0 2>/dev/null || true
    [ "$K" -gt 0 ] || return 0
    setsid "$WORK/pathsim" -a "$A" -b "$B" -n "$K" -s "$SOCK" "$@" >"$RUN/log" 2>&1 </dev/null &
    echo $! >"$RUN/pid"
    for _ in $(seq 100); do [ -S "$SOCK" ] && break; sleep 0.02; done
    [ -S "$SOCK" ] || { cat "$RUN/log" >&2; down; exit 1; }
    for ((k = 0; k < K; k++)); do
        # TUN without TUNSETOFFLOAD: the stack segments before the device, so no TSO/GSO/GRO here
        ip -n "$A" link set "p$k" mtu 1500 txqueuelen 10000 up
        ip -n "$B" link set "p$k" mtu 1500 txqueuelen 10000 up
        ip -n "$A" addr add "10.77.$k.1/24" dev "p$k"
        ip -n "$B" addr add "10.77.$k.2/24" dev "p$k"
        # client: source address selects the path; server: answers by the client's address
        ip -n "$A" route add default dev "p$k" table $((100 + k))
        ip -n "$A" rule add from "10.77.$k.1" lookup $((100 + k)) pref $((100 + k))
        [ "$k" = 0 ] || ip -n "$A" mptcp endpoint add "10.77.$k.1" dev "p$k" id $((k + 1)) subflow 2>/dev/null || true
    done
    both ip mptcp limits set subflows $((K > 8 ? 8 : K)) add_addr_accepted 0 2>/dev/null || true
}
# the congestion control of every connection, whoever makes it: by its route, as a namespace may not set a restricted one
cc() {
    local k
    for ((k = 0; k < $1; k++)); do
        ip -n "$A" route replace "10.77.$k.0/24" dev "p$k" proto kernel scope link src "10.77.$k.1" congctl "$2"
        ip -n "$B" route replace "10.77.$k.0/24" dev "p$k" proto kernel scope link src "10.77.$k.2" congctl "$2"
        ip -n "$A" route replace default dev "p$k" table $((100 + k)) congctl "$2"
    done
}
tune() {
    case ${1:-default} in
    default) both sysctl -qw net.ipv4.tcp_rmem="4096 131072 33554432" net.ipv4.tcp_wmem="4096 16384 4194304" ;;
    big)     both sysctl -qw net.ipv4.tcp_rmem="4096 1048576 67108864" net.ipv4.tcp_wmem="4096 1048576 67108864" ;;
    *) echo "tune default|big" >&2; exit 2 ;;
    esac
}
cmd=${1:-}; shift || true
case $cmd in
up) up "$@" ;;                                   # up K [LINE...]  e.g. up 2 "path all rate 50 delay 20"
down) down ;;
exec-client|client) exec ip netns exec "$A" "$@" ;;
exec-server|server) exec ip netns exec "$B" "$@" ;;
ctl) exec "$WORK/pathsim" ctl "$SOCK" "$@" ;;    # ctl path 0 rate 50 delay 20 loss 0 queue 100ms
tune) tune "$@" ;;
cc) cc "$@" ;;                                   # cc K bbr|cubic
pid) cat "$RUN/pid" ;;
*) echo "usage: [SFX=x] testbed.sh up K [LINE..] | down | ctl LINE | exec-client CMD.. | exec-server CMD.. | tune default|big | cc K NAME | pid" >&2; exit 2 ;;
esac
