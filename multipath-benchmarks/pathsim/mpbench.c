/* mpbench - TCP/MPTCP bulk and request/response traffic with 50 ms resolution.
 *   mpbench server [-m] [-C CC] [-p PORT] [-n CONNS] [-b BIN_MS]       one JSON line per connection
 *   mpbench bulk   [-m] [-C CC] [-p PORT] [-B SRC] -h HOST [-t SEC | -s BYTES]
 *   mpbench down   [-m] [-C CC] [-p PORT] [-B SRC] -h HOST -t SEC          the server sends, the client measures
 *   mpbench rr     [-m] [-C CC] [-p PORT] [-B SRC] -h HOST -c COUNT -q REQ -r RESP [-x]
 *     (-x: a new connection for every two requests)
 * -m uses IPPROTO_MPTCP; -C NAME selects the congestion control of the socket
 * (the sysctl cannot select a restricted one from inside a netns).  Times are CLOCK_MONOTONIC seconds.
 * build: gcc -O2 -Wall -Wextra -o mpbench mpbench.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/mptcp.h>
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#define MAXBIN 20000
#define MIN_GAP 0.02
#define BUF (256 << 10)

struct hdr { char magic[4]; uint32_t mode, req, resp; };
static int mptcp, port = 5401;
static const char *ccname;
static char buf[BUF];

static void die(const char *s) { fprintf(stderr, "mpbench: %s: %s\n", s, strerror(errno)); exit(1); }
static double now(void)
{
    struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}
static double cpu(void)
{
    struct rusage r; getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
static int subflows(int fd)        /* established subflows, -1 = plain TCP / fallback */
{
    struct mptcp_info mi = {0}; socklen_t l = sizeof mi;
    if (!mptcp || getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &mi, &l)) return -1;
    if (mi.mptcpi_flags & MPTCP_INFO_FLAG_FALLBACK) return -1;
    return mi.mptcpi_subflows + 1;
}
static int full(int fd, void *p, size_t n, int wr)
{
    for (size_t o = 0; o < n;) {
        ssize_t r = wr ? write(fd, (char *)p + o, n - o) : read(fd, (char *)p + o, n - o);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return -1;
        o += r;
    }
    return 0;
}
static int skip(int fd, size_t n)
{
    while (n) {
        ssize_t r = read(fd, buf, n < BUF ? n : BUF);
        if (r <= 0) return -1;
        n -= r;
    }
    return 0;
}
static int fill(int fd, size_t n)
{
    for (size_t k; n; n -= k) { k = n < BUF ? n : BUF; if (full(fd, buf, k, 1)) return -1; }
    return 0;
}
static void setcc(int fd)
{
    if (ccname && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, ccname, strlen(ccname))) die("TCP_CONGESTION");
}
static int sock(void)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, mptcp ? IPPROTO_MPTCP : 0);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setcc(fd);
    return fd;
}
static int dial(const char *host, const char *src)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)}, s = {.sin_family = AF_INET};
    int fd = sock();
    if (src) {
        inet_pton(AF_INET, src, &s.sin_addr);
        if (bind(fd, (void *)&s, sizeof s)) die("bind");
    }
    inet_pton(AF_INET, host, &a.sin_addr);
    for (int i = 0; connect(fd, (void *)&a, sizeof a); i++) {
        if (errno != ECONNREFUSED || i > 100) die("connect");
        close(fd); usleep(20000); fd = sock();
        if (src && bind(fd, (void *)&s, sizeof s)) die("bind");
    }
    return fd;
}
/* reads to the end, and prints when how much came since t0 */
static void measure(int fd, double bin, double t0)
{
    static uint64_t b[MAXBIN]; static double gs[4096], gl[4096];
    uint64_t tot = 0; int nb = 0, ng = 0; double c0 = cpu(), last = t0, mx = 0, mxat = 0;
    memset(b, 0, sizeof b);
    for (ssize_t r; (r = read(fd, buf, BUF)) > 0;) {
        double t = now(); int i = (t - t0) / bin;
        if (t - last > MIN_GAP && ng < 4096) { gs[ng] = last - t0; gl[ng++] = t - last; }
        if (t - last > mx) { mx = t - last; mxat = last - t0; }
        last = t; tot += r;
        if (i < MAXBIN) { b[i] += r; if (i >= nb) nb = i + 1; }
    }
    printf("{\"mode\":\"bulk\",\"t0\":%.6f,\"bytes\":%lu,\"dur\":%.4f,\"bin\":%.4f,\"max_gap\":%.4f,\"max_gap_at\":%.4f,"
           "\"subflows\":%d,\"cpu\":%.4f,\"gaps\":[", t0, tot, last - t0, bin, mx, mxat, subflows(fd), cpu() - c0);
    for (int i = 0; i < ng; i++) printf("%s[%.4f,%.4f]", i ? "," : "", gs[i], gl[i]);
    printf("],\"bins\":[");
    for (int i = 0; i < nb; i++) printf("%s%lu", i ? "," : "", b[i]);
    printf("]}\n");
}
static void serve(int fd, double bin)
{
    struct hdr h; uint64_t tot = 0; double c0 = cpu(), t0 = now();
    if (full(fd, &h, sizeof h, 0) || memcmp(h.magic, "MPB1", 4)) return;
    if (h.mode == 'R') {
        while (!skip(fd, h.req)) { if (fill(fd, h.resp)) break; tot++; }
        printf("{\"mode\":\"rr\",\"requests\":%lu,\"cpu\":%.4f,\"subflows\":%d}\n", tot, cpu() - c0, subflows(fd));
    } else if (h.mode == 'D') {
        while (now() - t0 < h.req / 1e3) if (write(fd, buf, BUF) <= 0) return;
        shutdown(fd, SHUT_WR);
        while (read(fd, buf, 1) > 0) ;
    } else measure(fd, bin, now());
}

int main(int argc, char **argv)
{
    const char *host = "10.77.0.2", *src = NULL; int o, conns = 1, count = 100, fresh = 0;
    double dur = 10, bin = 0.01; uint64_t size = 0; uint32_t req = 64, resp = 64;
    if (argc < 2) { fprintf(stderr, "usage: mpbench server|bulk|rr [options]\n"); return 2; }
    char *mode = argv[1]; optind = 2;
    while ((o = getopt(argc, argv, "mp:n:b:B:C:h:t:s:c:q:r:x")) != -1) switch (o) {
        case 'm': mptcp = 1; break;
        case 'p': port = atoi(optarg); break;
        case 'n': conns = atoi(optarg); break;
        case 'b': bin = atof(optarg) / 1000; break;
        case 'B': src = optarg; break;
        case 'C': ccname = optarg; break;
        case 'h': host = optarg; break;
        case 't': dur = atof(optarg); break;
        case 's': size = atof(optarg); break;
        case 'c': count = atoi(optarg); break;
        case 'q': req = atoi(optarg); break;
        case 'r': resp = atoi(optarg); break;
        case 'x': fresh = 1; break;
        default: return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    if (!strcmp(mode, "server")) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
        int l = sock();
        if (bind(l, (void *)&a, sizeof a) || listen(l, 16)) die("listen");
        for (int i = 0; conns == 0 || i < conns; i++) {
            int fd = accept(l, NULL, NULL);
            if (fd < 0) die("accept");
            setcc(fd);
            serve(fd, bin); close(fd);
        }
        return 0;
    }
    struct hdr h = {{'M', 'P', 'B', '1'}, mode[0] == 'r' ? 'R' : mode[0] == 'd' ? 'D' : 'B', req, resp};
    double c0 = cpu(), t0 = now();
    if (h.mode == 'D') {
        h.req = dur * 1e3;
        int fd = dial(host, src);
        if (full(fd, &h, sizeof h, 1)) die("write");
        measure(fd, bin, t0);
        return 0;
    }
    if (h.mode == 'B') {
        int fd = dial(host, src), sf = -1; uint64_t sent = 0;
        if (full(fd, &h, sizeof h, 1)) die("write");
        while (size ? sent < size : now() - t0 < dur) {
            size_t k = size && size - sent < BUF ? size - sent : BUF;
            ssize_t w = write(fd, buf, k);
            if (w <= 0) die("write");
            sent += w;
            if (now() - t0 > 0.5 || size) { int s = subflows(fd); if (s > sf) sf = s; }
        }
        double t1 = now();
        shutdown(fd, SHUT_WR);
        while (read(fd, buf, 1) > 0) ;
        printf("{\"mode\":\"bulk\",\"t0\":%.6f,\"sent\":%lu,\"dur\":%.4f,\"drain\":%.4f,\"subflows\":%d,\"cpu\":%.4f}\n",
               t0, sent, t1 - t0, now() - t1, sf, cpu() - c0);
        return 0;
    }
    int n = fresh ? 2 * count : count, fd = -1, sf = -1;
    double *d = calloc(n, sizeof *d), *first = calloc(n, sizeof *first);
    for (int i = 0; i < n; i++) {
        double t = now();
        if (fd < 0) { fd = dial(host, src); if (full(fd, &h, sizeof h, 1)) die("write"); }
        if (fill(fd, req) || read(fd, buf, 1) != 1) die("rr");
        first[i] = (now() - t) * 1e3;
        if (skip(fd, resp - 1)) die("rr");
        d[i] = (now() - t) * 1e3;
        int s = subflows(fd); if (s > sf) sf = s;
        if (fresh && i % 2) { close(fd); fd = -1; }
    }
    printf("{\"mode\":\"rr\",\"fresh\":%s,\"subflows\":%d,\"cpu\":%.4f,\"first_byte\":[", fresh ? "true" : "false", sf, cpu() - c0);
    for (int i = 0; i < n; i += fresh ? 2 : n) printf("%s%.3f", i ? "," : "", first[i]);
    printf("],\"ms\":[");
    for (int i = 0; i < n; i++) printf("%s%.3f", i ? "," : "", d[i]);
    printf("]}\n");
    return 0;
}
