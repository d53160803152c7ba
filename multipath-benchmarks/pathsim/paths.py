#!/usr/bin/env python3
"""Ours (over TCP; quic: over QUIC; mixed: by turns; crossed: QUIC first), kernel MPTCP and plain TCP over the same emulated paths, in turn, in one sitting; prints one Markdown table.

    sudo ./paths.py [--list] [--cases bulk-S3,objects-30] [--cc bbr,cubic] [--reps 3] [--stacks ours,mptcp,tcp,quic,mixed,crossed] [--quick]
    ./paths.py --report FILE.jsonl        the table of an earlier run

Needs Linux, root, gcc, iproute2, /dev/net/tun, and benchmarks.jar (mvn -q -DskipTests package). README.md says what is measured.
"""
import argparse, itertools, json, os, queue, shutil, socket, statistics, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.environ.get('PATHSIM_WORK', os.path.join(HERE, '..', 'target', 'pathsim'))
SUFFIX = os.environ.get('SFX', 'bench')         # of the namespaces: two drivers with different ones may run side by side
TESTBED = os.path.join(HERE, 'testbed.sh')
JAR = os.path.join(HERE, '..', 'target', 'benchmarks.jar')
PORT = {'ours': 5401, 'mptcp': 5402, 'tcp': 5403, 'quic': 5404, 'mixed': 5405, 'crossed': 5406}
SESSIONS = {'ours': lambda k: '', 'quic': lambda k: 'quic://', 'mixed': lambda k: 'quic://' if k % 2 else '',
            'crossed': lambda k: '' if k % 2 else 'quic://'}   # what carries path k
EXTRA = {'quic': 'ours over QUIC', 'mixed': 'ours, TCP and QUIC by turns', 'crossed': 'ours, QUIC and TCP by turns'}    # columns, if they were run

BEFORE, AFTER = 4.0, 6.0      # s of bulk before a fault, and after it
IN_USE = 0.5e6                # bit/s over IN_USE_S: a path carries data
IN_USE_S = 0.1
STEADY_FROM = 5.0             # s
SHARED_S = (25.0, 55.0)       # of two that share a link: from then, as it takes 13 s to find that they do, until then
LINK_PORTS = 100             # from one port of a path to the next
SHARED_QUEUE = '20ms'         # half a round trip: in front of a longer one, a session gives way to who fills it anyhow
MAX_STALL_MS = 150.0          # on S5, whatever waits in the queue

S = {  # Mbit/s, RTT ms, loss %; the queue takes 100 ms
    'S1': [(50, 40, 0), (50, 40, 0)], 'S2': [(80, 20, 0), (20, 100, 0)], 'S3': [(50, 10, 0), (10, 200, 0)],
    'S4': [(50, 40, 0), (50, 40, 1)], 'S5': [(50, 40, 0), (50, 40, 0)], 'S6': [(25, 30, 0)] * 4,
    'S7': [(80, 20, 0), (20, 100, 0)], 'L1': [(50, 40, 1)], 'one': [(50, 40, 0)], '100+2': [(100, 5, 0), (2, 600, 0)], '30+12+3': [(30, 15, 0), (12, 60, 0), (3, 300, 0)]}


class Case:
    def __init__(self, name, paths, kind, title, **how):
        self.name, self.paths, self.kind, self.title, self.how = name, S[paths], kind, title, how
        self.both_ways = kind in ('bulk', 'fault')

    def directions(self): return ('up', 'down') if self.both_ways else ('down',)

    def alone(self, stack):
        """the paths on which a single TCP connection is measured: equal ones once"""
        if self.kind == 'shared': return [None] if stack in SESSIONS else []
        if stack != 'tcp': return [None]
        if self.kind == 'bulk': return [k for k in range(len(self.paths)) if self.paths.index(self.paths[k]) == k]
        return [] if self.kind == 'fault' else [0]

    def seconds(self, args):
        if self.kind == 'bulk': return args.seconds + 1
        if self.kind == 'fault': return BEFORE + self.how['lasts'] + AFTER + 1
        if self.kind == 'shared': return SHARED_S[1] + 20
        return 12


def cases():
    c = [Case('bulk-100+2', '100+2', 'bulk', '100 Mbit/s RTT 5 + 2 Mbit/s RTT 600: bulk', first=('best', .98)),
         Case('bulk-30+12+3', '30+12+3', 'bulk', '30/15 + 12/60 + 3/300: bulk', steady=('sum', .95), stall=200),
         Case('bulk-S1', 'S1', 'bulk', 'S1 2 x 50, RTT 40', steady=('links', {'bbr': .95, 'cubic': .9645}), stall=100),
         Case('bulk-S2', 'S2', 'bulk', 'S2 80/20 + 20/100', steady=('sum', .95), stall=100),
         Case('bulk-S3', 'S3', 'bulk', 'S3 50/10 + 10/200', first=('sum', .95), stall=150),
         Case('bulk-S4', 'S4', 'bulk', 'S4 2 x 50, 1 % loss on one', steady=('sum', .98)),
         Case('bulk-S6', 'S6', 'bulk', 'S6 4 x 25, RTT 30', steady=('links', {'bbr': .95, 'cubic': .9645}), stall=100),
         Case('bulk-L1', 'L1', 'bulk', 'one path: 50, RTT 40, 1 % loss'),
         Case('objects-100+2', '100+2', 'rr', '100/5 + 2/600: 100 KiB objects', count=100, resp=102400, p99=1.1),
         Case('objects-30+12+3', '30+12+3', 'rr', '30/15 + 12/60 + 3/300: 100 KiB objects', count=100, resp=102400, p99=1.1),
         Case('objects-S7', 'S7', 'rr', 'S7 80/20 + 20/100: 100 KiB objects', count=100, resp=102400, p99=1.1),
         Case('echo-S7', 'S7', 'rr', 'S7: 64 B echo', count=200, resp=64, p99=1.1),
         Case('fresh-S1', 'S1', 'fresh', 'fresh session, S1 (RTT 40)', count=20, resp=102400, first_byte=95),
         Case('fresh-early-S1', 'S1', 'fresh', 'fresh session, S1 (RTT 40), the request in EARLY_DATA', count=20, resp=102400, first_byte=95, early=True),
         Case('fresh-S7', 'S7', 'fresh', 'fresh session, S7: two 100 KiB objects', count=20, resp=102400, second=1.05),
         Case('shared-2', 'one', 'shared', 'one path, 50, RTT 40: a session with 2 sockets on it beside a plain TCP', sockets=2, share=.42),
         Case('shared-4', 'one', 'shared', 'one path, 50, RTT 40: a session with 4 sockets on it beside a plain TCP', sockets=4, share=.40),
         Case('same-2', 'one', 'shared', 'one path, 50, RTT 40: a session with 2 addresses behind it beside a plain TCP, coupled when found', links=2, coupled='FOUND', share=.42),
         Case('same-4', 'one', 'shared', 'one path, 50, RTT 40: a session with 4 addresses behind it beside a plain TCP, coupled when found', links=4, coupled='FOUND', share=.40),
         Case('uncoupled-2', 'one', 'shared', 'one path, 50, RTT 40: a session with 2 addresses behind it beside a plain TCP', links=2),
         Case('uncoupled-4', 'one', 'shared', 'one path, 50, RTT 40: a session with 4 addresses behind it beside a plain TCP', links=4),
         Case('loaded-S1', 'S1', 'loaded', 'S1: bulk in one session, 64 B echo in another, 2 s of queue on path 1', count=120, resp=64, queue=1),
         Case('loaded-S7', 'S7', 'loaded', 'S7: bulk in one session, 64 B echo in another, 2 s of queue on path 0', count=120, resp=64, queue=0, p99_ms=40)]
    for name, title, what, lasts, limits in (
            ('blackhole', 'path 0 blackholed for 5 s', 'both', 5, dict(stall='formula', back=.8)),
            ('data-blackhole', 'only the data direction of path 0 blackholed for 5 s', 'data', 5, dict(stall='formula', back=.8)),
            ('zombie', 'path 0 at 0.3 Mbit/s for 5 s', 'zombie', 5, dict(stall='formula', back=1.0)),
            ('flap', 'path 0 down 1 s, up 1 s, three times', 'flap', 5, dict(stall='formula')),
            ('all-down', 'both paths down for 3 s', 'all', 3, dict(resumed=.3))):
        c.append(Case(name, 'S5', 'fault', 'S5 2 x 50, RTT 40: ' + title, fault=what, lasts=lasts, **limits))
    return c


class Process:
    """a program in one of the namespaces, whose lines are read as they come"""

    def __init__(self, bed, side, *command):
        self.p = subprocess.Popen([TESTBED, 'exec-' + side, *command], env=bed.env, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue(); self.errors = []
        self.readers = [threading.Thread(target=self.read, args=(self.p.stdout, self.lines.put), daemon=True),
                        threading.Thread(target=self.read, args=(self.p.stderr, self.errors.append), daemon=True)]
        for r in self.readers: r.start()

    @staticmethod
    def read(stream, to):
        for line in stream: to(line)
        stream.close()

    def json(self, seconds):
        try: return json.loads(self.lines.get(timeout=seconds))
        except queue.Empty:
            raise RuntimeError('no answer in %d s, exit %s: %s' % (seconds, self.p.poll(), ''.join(self.errors[-5:])[:500]))

    def stop(self):
        if self.p.poll() is None: self.p.terminate()
        try: self.p.wait(5)
        except subprocess.TimeoutExpired: self.p.kill(); self.p.wait()


class Bed:
    """the namespaces of one case, and the servers of all stacks in them"""

    def __init__(self, case, cc, args):
        self.case, self.cc, self.args = case, cc, args
        self.env = dict(os.environ, SFX=SUFFIX, PATHSIM_WORK=WORK)
        lines = ['path %d rate %g delay %g loss %g queue 100ms' % (k, r, rtt / 2, l) for k, (r, rtt, l) in enumerate(case.paths)]
        self.bed('up', str(len(case.paths)), *lines)
        self.bed('tune', 'default'); self.bed('cc', str(len(case.paths)), cc)
        self.control = socket.socket(socket.AF_UNIX); self.control.connect(os.path.join(WORK, 'run', SUFFIX, 'sock'))
        self.servers = {}

    def bed(self, *a): return subprocess.run([TESTBED, *a], env=self.env, check=True, stdout=subprocess.PIPE, text=True).stdout

    def ctl(self, line):
        self.control.sendall(line.encode() + b'\n'); answer = ''
        while not (answer.endswith('ok\n') or answer.startswith('err') or '\nerr' in answer):
            answer += self.control.recv(65536).decode()
        if not answer.endswith('ok\n'): raise RuntimeError(line + ': ' + answer)
        return answer

    def stats(self):
        r = {}
        for line in self.ctl('stats').splitlines():
            w = line.split()
            if w[0] == 'path': r[int(w[1]), w[2]] = dict(zip(w[3::2], map(int, w[4::2])))
        return r

    def restore(self):
        for k, (rate, rtt, loss) in enumerate(self.case.paths):
            self.ctl('path %d up rate %g delay %g loss %g queue 100ms' % (k, rate, rtt / 2, loss))

    def java(self, *a):
        return ['java', '-Xmx512m', '-XX:+UseParallelGC', '-XX:ActiveProcessorCount=2', '-jar', self.args.jar, *a]

    def server(self, stack):
        if stack not in self.servers:
            if stack in SESSIONS:
                listen = ','.join(self.places(stack, PORT[stack]))
                s = Process(self, 'server', *self.java('path-server', '--listen', listen, *self.transport()))
                s.json(60)
            else:
                s = Process(self, 'server', os.path.join(WORK, 'mpbench'), 'server', '-n', '0', '-p', str(PORT[stack]),
                            *(['-m'] if stack == 'mptcp' else []))
                time.sleep(.2)
            self.servers[stack] = s
        return self.servers[stack]

    def second(self, stack):
        """a server for a second session at the same time: mpbench serves one after the other"""
        if stack in SESSIONS: return PORT[stack], None
        port = PORT[stack] + 10
        s = Process(self, 'server', os.path.join(WORK, 'mpbench'), 'server', '-n', '0', '-p', str(port), *(['-m'] if stack == 'mptcp' else []))
        time.sleep(.2)
        return port, s

    def places(self, stack, port):
        """where a session's server listens: at one port of each path, or at several of the only one"""
        return ['%s10.77.%d.2:%d' % (SESSIONS[stack](k), k, port + LINK_PORTS * i)
                for k in range(len(self.case.paths)) for i in range(self.case.how.get('links', 1))]

    def transport(self):
        return ['--quic-cc', self.cc, '--coupled', self.case.how.get('coupled', 'NONE')] + (['--transport', self.args.transport] if self.args.transport else [])

    def client(self, stack, path, job, seconds=0, count=0, req=64, resp=64, fresh=False, port=None):
        port = port or PORT[stack]
        if stack in SESSIONS:
            paths = ','.join('10.77.%s.1>%s' % (place.split('10.77.')[1].split('.')[0], place) for place in self.places(stack, port))
            name = {'up': 'UPLOAD', 'down': 'DOWNLOAD', 'rr': 'REQUESTS'}[job]
            a = ['path-client', '--paths', paths, '--job', name, '--sockets', str(self.case.how.get('sockets', 1)), *self.transport()]
            a += ['--seconds', str(seconds)] if job != 'rr' else ['--count', str(count), '--request', str(req), '--response', str(resp)]
            return Process(self, 'client', *self.java(*a, *(['--fresh'] if fresh else []), *(['--early'] if self.case.how.get('early') else [])))
        k = path or 0
        a = [{'up': 'bulk', 'down': 'down', 'rr': 'rr'}[job], '-p', str(port), '-h', '10.77.%d.2' % k, '-B', '10.77.%d.1' % k]
        a += ['-m'] if stack == 'mptcp' else []
        a += ['-t', str(seconds)] if job != 'rr' else ['-c', str(count), '-q', str(req), '-r', str(resp)] + (['-x'] if fresh else [])
        return Process(self, 'client', os.path.join(WORK, 'mpbench'), *a)

    def close(self):
        for s in self.servers.values(): s.stop()
        self.control.close()
        self.bed('down')


# ---- one run

class Timeline:
    """what came at the receiver, in seconds since the attempt to connect"""

    def __init__(self, received, started):
        self.shift = received['t0'] - started; self.zero = started
        self.bin, self.bins = received['bin'], received['bins']
        self.gaps = [(a + self.shift, a + self.shift + l) for a, l in received['gaps']]

    def mbit(self, a, b):
        i, j = max(0, round((a - self.shift) / self.bin)), max(0, round((b - self.shift) / self.bin))
        return sum(self.bins[i:j]) * 8 / (b - a) / 1e6

    def stall_ms(self, a, b):
        return 1000 * max([t - f for f, t in self.gaps if t > a and f < b] or [0.0])

    def first_byte_after(self, t):
        inside = [g[1] for g in self.gaps if g[0] <= t + .05 and g[1] > t]
        return (max(inside) - t) if inside else 0.0


def bulk(bed, stack, path, direction, seconds, during=None):
    server = bed.server(stack); bed.ctl('reset')
    client = bed.client(stack, path, direction, seconds=seconds)
    try:
        events = during(client) if during else {}
        said = client.json(seconds + 60)
        received = said if direction == 'down' else server.json(30)
        return Timeline(received, said['t0']), events
    finally: client.stop()


def measure_bulk(bed, stack, path, direction):
    n = bed.args.seconds
    line, _ = bulk(bed, stack, path, direction, n)
    return dict(first=line.mbit(0, n), steady=line.mbit(min(STEADY_FROM, n / 2), n), stall=line.stall_ms(min(2, n / 2), n))


def measure_fault(bed, stack, path, direction):
    how, d = bed.case.how, 'ab' if direction == 'up' else 'ba'
    total = BEFORE + how['lasts'] + AFTER
    series, events = [], {}

    def out():
        # What enters a path: what leaves it may have waited there since before the fault.
        s = bed.stats(); series.append([time.monotonic()] + [s[k, d]['in_bytes'] for k in range(len(bed.case.paths))]); return series[-1]

    def wait(until):
        while time.monotonic() < until: out(); time.sleep(.02)

    def rtt_ms():
        """of the path that will be struck, under load: unloaded, and what waits in its queue"""
        q = bed.stats()[0, d]['queue_bytes'] * 8 / (bed.case.paths[0][0] * 1e3)
        return bed.case.paths[0][1] + q

    def during(client):
        begin = time.monotonic()
        while sum(out()[1:]) < 100_000:
            if time.monotonic() > begin + 60 or client.p.poll() is not None: raise RuntimeError('no traffic: ' + ''.join(client.errors[-5:])[:500])
            time.sleep(.02)
        t = time.monotonic(); loads = []
        while time.monotonic() < t + BEFORE: out(); loads.append(rtt_ms()); time.sleep(.02)
        events['down'] = time.monotonic()
        loads = loads[len(loads) // 2:]
        events['rtt'] = statistics.mean(loads); events['var'] = statistics.mean(abs(x - events['rtt']) for x in loads)
        if how['fault'] == 'flap':
            for i in range(3):
                bed.ctl('path 0 down'); wait(events['down'] + 2 * i + 1)
                bed.ctl('path 0 up'); events['up'] = time.monotonic()
                if i < 2: wait(events['down'] + 2 * i + 2)
        else:
            bed.ctl({'both': 'path 0 down', 'data': 'path 0 %s down' % d, 'all': 'path all down', 'zombie': 'path 0 rate 0.3'}[how['fault']])
            wait(events['down'] + how['lasts'])
            bed.restore(); events['up'] = time.monotonic()
        wait(events['up'] + AFTER - .5)
        return events

    try: line, _ = bulk(bed, stack, path, direction, total, during)
    finally: bed.restore()
    down, up = events['down'] - line.zero, events['up'] - line.zero
    r = dict(rtt=events['rtt'], limit=1.5 * events['rtt'] + 4 * events['var'] + 20)
    if how['fault'] == 'all': r['resumed'] = line.first_byte_after(up)
    else:
        r['stall'] = line.stall_ms(down, up + 1)
        r['back'] = in_use([s for s in series if s[0] >= events['up']], events['up'])
    return r


def in_use(series, up):
    """when path 0 carried data again; None: not while that was watched"""
    for i, s in enumerate(series):
        for e in series[i:]:
            if e[0] - s[0] >= IN_USE_S:
                if (e[1] - s[1]) * 8 / (e[0] - s[0]) >= IN_USE: return s[0] - up
                break
    return None


def quantile(values, q): v = sorted(values); return v[min(len(v) - 1, int(len(v) * q))]


def measure_requests(bed, stack, path, direction):
    h = bed.case.how; bed.server(stack)
    client = bed.client(stack, path, 'rr', count=h['count'], resp=h['resp'])
    try: ms = client.json(180)['ms'][1:]         # the first waits for the handshake
    finally: client.stop()
    return dict(p50=quantile(ms, .5), p99=quantile(ms, .99))


def measure_fresh(bed, stack, path, direction):
    h = bed.case.how; bed.server(stack)
    client = bed.client(stack, path, 'rr', count=h['count'], resp=h['resp'], fresh=True)
    try: r = client.json(180)
    finally: client.stop()
    return dict(first_byte=quantile(r['first_byte'], .5), second=quantile(r['ms'][1::2], .5))


def measure_loaded(bed, stack, path, direction):
    h = bed.case.how; bed.server(stack)
    bed.ctl('path %d queue 2000ms' % h['queue'])
    port, second = bed.second(stack)
    k = h['queue'] if stack == 'tcp' else path
    load = bed.client(stack, k, 'down', seconds=20)
    try:
        begin = time.monotonic()
        while sum(bed.stats()[k2, 'ba']['out_bytes'] for k2 in range(len(bed.case.paths))) < 5_000_000:
            if time.monotonic() > begin + 60: raise RuntimeError('no traffic')
            time.sleep(.05)
        client = bed.client(stack, k, 'rr', count=h['count'], resp=h['resp'], port=port)
        try: ms = client.json(120)['ms'][1:]
        finally: client.stop()
    finally:
        load.stop()
        if second: second.stop()
        bed.restore(); bed.ctl('reset')
    return dict(p50=quantile(ms, .5), p99=quantile(ms, .99))


def measure_shared(bed, stack, path, direction):
    """the share of a plain TCP beside it: .5 would be fair between two"""
    bed.server(stack); bed.server('tcp'); bed.ctl('path 0 queue ' + SHARED_QUEUE); bed.ctl('reset')
    # The session's client begins some seconds later, as it warms up.
    clients = [bed.client(s, None, 'down', seconds=SHARED_S[1] + more) for s, more in ((stack, 3), ('tcp', 20))]
    try:
        said = [c.json(SHARED_S[1] + 60) for c in clients]
        begin = max(r['t0'] for r in said)
        ours, plain = [Timeline(r, begin).mbit(*SHARED_S) for r in said]
        return dict(share=plain / (ours + plain), sum=ours + plain)
    finally:
        for c in clients: c.stop()
        bed.restore()


MEASURE = dict(shared=measure_shared, bulk=measure_bulk, fault=measure_fault, rr=measure_requests, fresh=measure_fresh, loaded=measure_loaded)


def run(args, out):
    todo = [(c, cc) for c in args.cases for cc in args.cc]
    total = sum(sum(len(c.alone(s)) * (c.seconds(args) + (8 if s in SESSIONS else 1)) for s in args.stacks) * len(c.directions()) * args.reps + 12 for c, cc in todo)
    print('%d cases x %s, about %d minutes' % (len(args.cases), '/'.join(args.cc), total / 60 + 1), file=sys.stderr)
    for case, cc in todo:
        bed = Bed(case, cc, args)
        try:
            for rep in range(args.reps):
                turn = [(s, p, d) for d in case.directions() for s in args.stacks for p in case.alone(s)]
                turn = turn[rep % len(turn):] + turn[:rep % len(turn)]
                for stack, path, direction in turn:
                    load = os.getloadavg()[0]
                    r = dict(case=case.name, cc=cc, stack=stack, path=path, direction=direction, rep=rep, load=load)
                    try: r.update(MEASURE[case.kind](bed, stack, path, direction))
                    except (RuntimeError, KeyError, ValueError) as e: r['failed'] = str(e)[:300]
                    late = bed.stats()
                    packets = sum(v['out_pkts'] for v in late.values())
                    r['late'] = sum(v['late_1ms_pkts'] for v in late.values()) / max(1, packets)
                    out.write(json.dumps(r) + '\n'); out.flush()
                    print({k: round(v, 2) if isinstance(v, float) else v for k, v in r.items()}, file=sys.stderr, flush=True)
        finally: bed.close()


# ---- the table

def spread(values, digits):
    v = [x for x in values if x is not None]; never = len(values) - len(v)
    if not v: return 'never' if never else '-'
    f = lambda x: '%.*f' % (digits, x)
    text = f(statistics.median(v)) if len(v) == 1 else '%s / %s / %s' % (f(min(v)), f(statistics.median(v)), f(max(v)))
    return text + (', %d x never' % never if never else '')


def table(rows, args):
    by = {}
    for r in rows: by.setdefault((r['case'], r['cc'], r['direction']), []).append(r)
    known = {c.name: c for c in cases()}
    extra = [name for stack, name in EXTRA.items() if any(r['stack'] == stack for r in rows)]
    heads = ['case', 'below', 'way', 'what', 'wanted', 'ours', 'kernel MPTCP', 'TCP on one path', 'ours is'] + extra
    o = ['| %s |' % ' | '.join(heads), '| --- ' * len(heads) + '|']
    for (name, cc, direction), rs in sorted(by.items(), key=lambda e: (list(known).index(e[0][0]), e[0][1], e[0][2])):
        c = known[name]
        for line in lines(c, cc, rs, [s for s in EXTRA if EXTRA[s] in extra]): o.append('| %s | %s | %s | %s |' % (c.title, cc, direction if c.both_ways else '', ' | '.join(line)))
    failed = [r for r in rows if 'failed' in r]
    loads = [r['load'] for r in rows]; late = max(r.get('late', 0) for r in rows)
    o += ['', 'Least / median / greatest of %d runs each. Load when runs began: %.1f to %.1f on %d cores; at most %.2f %% of a run\'s packets more than 1 ms late.'
          % (max(r['rep'] for r in rows) + 1, min(loads), max(loads), os.cpu_count(), 100 * late)]
    if max(loads) > os.cpu_count() or late > .01: o += ['**The machine was too busy: do not quote this.**']
    for r in failed: o += ['Failed: %s %s %s %s: %s' % (r['case'], r['cc'], r['stack'], r['direction'], r['failed'])]
    return '\n'.join(o)


def lines(c, cc, rs, extra=()):
    def get(stack, key, path=None): return [r.get(key) for r in rs if r['stack'] == stack and 'failed' not in r and key in r and (path is None or r['path'] == path)]
    med = lambda v: statistics.median([x for x in v if x is not None]) if any(x is not None for x in v) else None

    def judged(what, key, digits, wanted, limit, at_least, tcp=None, worst=False):
        ours = get('ours', key)
        value = None if not ours or None in ours else (max(ours) if worst else med(ours))
        verdict = '-' if limit is None or not ours else 'missed' if value is None or (value < limit if at_least else value > limit) else 'as wanted'
        kernel = med(get('mptcp', key))
        if ours and kernel is not None and value is not None:
            verdict += ', ahead of the kernel' if (med(ours) >= kernel) == at_least else ', behind the kernel'
        return [what, wanted, spread(ours, digits), spread(get('mptcp', key), digits), tcp if tcp is not None else spread(get('tcp', key), digits), verdict] + [spread(get(s, key), digits) for s in extra]

    out = []
    if c.kind == 'bulk':
        for key, what in (('first', 'first seconds, Mbit/s'), ('steady', 'steady, Mbit/s')):
            alone = [med(get('tcp', key, c.paths.index(p))) for p in c.paths]
            known = None not in alone
            best, total = (max(alone), sum(alone)) if known else (None, None)
            text = '%.1f best, %.1f sum' % (best, total) if known else '-'
            basis, factor = c.how.get(key, (None, None))
            factor = factor.get(cc) if isinstance(factor, dict) else factor
            limit = None if basis is None or not known else factor * {'best': best, 'sum': total, 'links': sum(p[0] for p in c.paths)}[basis]
            out.append(judged(what, key, 1, '' if basis is None else '>= %.3g x %s%s' % (factor, basis, '' if limit is None else ' = %.1f' % limit), limit, True, text))
        out.append(judged('longest stall, ms', 'stall', 0, '<= %d' % c.how['stall'] if 'stall' in c.how else '', c.how.get('stall'), False))
    elif c.kind == 'fault':
        if 'resumed' in c.how: out.append(judged('data after the return, s', 'resumed', 2, '<= %.1f' % c.how['resumed'], c.how['resumed'], False, '', True))
        if 'stall' in c.how:
            # A queue of one's own making is no excuse.
            limits = get('ours', 'limit')
            limit = min(MAX_STALL_MS, med(limits)) if limits else None
            out.append(judged('stall, ms', 'stall', 0, '' if limit is None else '<= %.0f' % limit, limit, False, ''))
        if 'back' in c.how: out.append(judged('path 0 in use after its return, s', 'back', 2, '<= %.1f in every run' % c.how['back'], c.how['back'], False, '', True))
    elif c.kind == 'shared':
        share = c.how.get('share')
        out.append(judged('share of the plain TCP', 'share', 2, '>= %.2f' % share if share else '', share, True, ''))
        out.append(judged('both together, Mbit/s', 'sum', 1, '', None, True, ''))
    elif c.kind == 'fresh':
        tcp, first, second = med(get('tcp', 'second')), c.how.get('first_byte'), c.how.get('second')
        out.append(judged('first byte after connect, ms', 'first_byte', 0, '<= %d' % first if first else '', first, False))
        out.append(judged('second object, ms', 'second', 1, '<= %.2f x TCP' % second if second else '', second * tcp if second and tcp else None, False))
    else:
        tcp = med(get('tcp', 'p99'))
        out.append(judged('p50, ms', 'p50', 1, '', None, False))
        fixed, factor = c.how.get('p99_ms'), c.how.get('p99')
        limit = fixed if fixed else factor * tcp if factor and tcp else None
        out.append(judged('p99, ms', 'p99', 1, '<= %d' % fixed if fixed else '<= %.2g x TCP' % factor if factor else '', limit, False))
    return out


def reason_to_skip(args):
    if not sys.platform.startswith('linux'): return 'not Linux, so there are no network namespaces'
    if os.geteuid() != 0: return 'not root, who alone may make network namespaces'
    for tool in ('ip', 'gcc', 'java'):
        if not shutil.which(tool): return 'no ' + tool
    if not os.path.exists('/dev/net/tun'): return 'no /dev/net/tun'
    if any(s in SESSIONS for s in args.stacks) and not os.path.exists(args.jar): return 'no %s: mvn -q -DskipTests package' % args.jar
    probe = subprocess.run(['ip', 'netns', 'add', 'mpProbe'], stderr=subprocess.PIPE, text=True)
    if probe.returncode: return 'no network namespaces here: ' + probe.stderr.strip()
    subprocess.run(['ip', 'netns', 'del', 'mpProbe'])
    return None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--list', action='store_true'); p.add_argument('--report'); p.add_argument('--quick', action='store_true', help='one run of each, bulk for 6 s: only to try it')
    p.add_argument('--cases', help='names, or beginnings of names'); p.add_argument('--cc', default='bbr,cubic'); p.add_argument('--reps', type=int, default=3)
    p.add_argument('--stacks', default='ours,mptcp,tcp'); p.add_argument('--seconds', type=float, default=12.0); p.add_argument('--jar', default=JAR)
    p.add_argument('--transport'); p.add_argument('--out')
    args = p.parse_args(); known = cases()
    if args.list:
        for c in known: print('%-16s %s' % (c.name, c.title))
        return
    if args.report: print(table([json.loads(l) for l in open(args.report)], args)); return
    args.stacks = args.stacks.split(',')
    names = args.cases.split(',') if args.cases else []
    unknown = [x for x in names if not any(c.name.startswith(x) for c in known)]
    if unknown: sys.exit('no case begins with %s (see --list)' % ', '.join(unknown))
    args.cases = [c for c in known if not names or any(c.name.startswith(x) for x in names)]
    if args.quick: args.reps, args.seconds = 1, min(args.seconds, 6.0)
    reason = reason_to_skip(args)
    if reason: print('skipped: ' + reason); return
    available = open('/proc/sys/net/ipv4/tcp_available_congestion_control').read().split()
    for cc in args.cc.split(','):
        if cc not in available: print('skipped: the kernel has no %s' % cc)
    args.cc = [cc for cc in args.cc.split(',') if cc in available]
    try: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).close()
    except OSError as e:
        if 'mptcp' in args.stacks: print('skipped: kernel MPTCP: %s' % e); args.stacks.remove('mptcp')
    if os.getloadavg()[0] > .5 * os.cpu_count(): print('The load is %.1f on %d cores: figures will not be worth much.' % (os.getloadavg()[0], os.cpu_count()), file=sys.stderr)
    os.makedirs(WORK, exist_ok=True)
    path = args.out or os.path.join(WORK, time.strftime('paths-%Y%m%d-%H%M%S.jsonl'))
    with open(path, 'w') as out: run(args, out)
    text = table([json.loads(l) for l in open(path)], args)
    open(os.path.splitext(path)[0] + '.md', 'w').write(text + '\n')
    print(text + '\n\n' + path)


if __name__ == '__main__': main()
