// Gopeer is the Go end of the interop tests: it drives the unmodified library github.com/getlantern/multipath.
//
//	gopeer server -listen  a:p,b:q -mode echo|sink|source|pipe [flags]   one listener per address
//	gopeer client -connect a:p,b:q -mode echo|sink|source|pipe [flags]   one dialer per address
//
// The base protocol has no FIN, so both ends must know the length of a transfer (-bytes), and a source must not close
// before its peer has everything. The modes, alike for both roles except where said:
//
//	source  Writes -bytes of the stream given by -seed in writes of -write bytes, then reads a receipt: the 32 bytes
//	        of the SHA-256 the sink has computed. Fails when it is not the SHA-256 of what was written. Then closes.
//	sink    Reads -bytes, writes the receipt, waits until the peer has closed. Fails when the stream is not the one
//	        of -seed.
//	echo    Server: writes back what it reads, at most -write bytes at a time, until the peer closes.
//	        Client: a source and, at once, a reader of the same -bytes, which it compares. Then closes.
//	pipe    Standard input to the peer, what the peer sends to standard output, as bondcat does. A client whose input
//	        has ended closes after -idle without bytes from the peer; a server goes on until the peer closes.
//	        The JSON lines go to standard error in this mode.
//
// The stream of a seed is SplitMix64 (Steele, Lea, Flood 2014): for n = 1, 2, ... with all arithmetic modulo 2^64
//
//	z = seed + n*0x9e3779b97f4a7c15
//	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
//	z = (z ^ z>>27) * 0x94d049bb133111eb
//	z = z ^ z>>31
//
// whose eight bytes follow, the lowest first.
//
// One JSON object a line tells what happens:
//
//	{"event":"ready","addrs":["127.0.0.1:40001","127.0.0.1:40002"]}   server: listening, with the real ports
//	{"event":"connected"}                                             a session is there
//	{"event":"progress","read":N,"written":N}                         every -progress, if it is not 0
//	{"event":"result","mode":M,"bytes":N,"sha256":H,"seconds":S}      the session ended well
//	{"event":"error","message":T,"read":N,"written":N}                it did not
//
// A server serves -sessions of them, one after another (0: without end), and exits. A session that takes longer than
// -timeout ends the process. Exit codes: 0 well, 1 wrong usage, 2 a failed transfer, 3 timeout.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/getlantern/golog"
	"github.com/getlantern/multipath"
)

const (
	exitUsage   = 1
	exitFailed  = 2
	exitTimeout = 3
)

// options are the command line.
type options struct {
	server    bool
	addresses []string
	mode      string
	bytes     int64
	writeSize int
	seed      uint64
	sessions  int
	timeout   time.Duration
	progress  time.Duration
	idle      time.Duration
}

// event is one line of output.
type event struct {
	Event   string   `json:"event"`
	Addrs   []string `json:"addrs,omitempty"`
	Mode    string   `json:"mode,omitempty"`
	Message string   `json:"message,omitempty"`
	Bytes   *int64   `json:"bytes,omitempty"`
	Read    *int64   `json:"read,omitempty"`
	Written *int64   `json:"written,omitempty"`
	Sha256  string   `json:"sha256,omitempty"`
	Seconds float64  `json:"seconds,omitempty"`
}

var (
	reportTo io.Writer = os.Stdout
	reportMu sync.Mutex
)

func report(e event) {
	reportMu.Lock()
	defer reportMu.Unlock()
	line, err := json.Marshal(e)
	if err == nil {
		_, err = reportTo.Write(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
		os.Exit(exitFailed)
	}
}

func main() {
	opts, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
		os.Exit(exitUsage)
	}
	if opts.mode == "pipe" {
		reportTo = os.Stderr
	}
	if opts.server {
		err = serve(opts)
	} else {
		err = connect(opts)
	}
	if err != nil {
		os.Exit(exitFailed)
	}
}

func parse(args []string) (options, error) {
	var opts options
	if len(args) == 0 || (args[0] != "server" && args[0] != "client") {
		return opts, errors.New("the first argument must be server or client")
	}
	opts.server = args[0] == "server"
	flags := flag.NewFlagSet("gopeer "+args[0], flag.ContinueOnError)
	var addresses *string
	if opts.server {
		addresses = flags.String("listen", "127.0.0.1:0", "addresses to listen on, comma separated")
		flags.IntVar(&opts.sessions, "sessions", 1, "sessions to serve before the end, 0 for no end")
	} else {
		addresses = flags.String("connect", "", "addresses to connect to, comma separated")
	}
	flags.StringVar(&opts.mode, "mode", "echo", "echo, sink, source or pipe")
	flags.Int64Var(&opts.bytes, "bytes", 0, "bytes to transfer each way")
	flags.IntVar(&opts.writeSize, "write", 64<<10, "bytes of one write")
	flags.Uint64Var(&opts.seed, "seed", 1, "seed of the stream")
	flags.DurationVar(&opts.timeout, "timeout", time.Minute, "limit of one session, 0 for none")
	flags.DurationVar(&opts.progress, "progress", 0, "interval of progress lines, 0 for none")
	flags.DurationVar(&opts.idle, "idle", time.Second, "pipe: silence that ends a client without input")
	verbose := flags.Bool("v", false, "the library's debug log to standard error")
	if err := flags.Parse(args[1:]); err != nil {
		return opts, err
	}
	if *addresses == "" || flags.NArg() != 0 {
		return opts, errors.New("addresses needed, and nothing else beside the flags")
	}
	opts.addresses = strings.Split(*addresses, ",")
	switch opts.mode {
	case "echo", "sink", "source", "pipe":
	default:
		return opts, fmt.Errorf("unknown mode %q", opts.mode)
	}
	if opts.writeSize < 1 || opts.bytes < 0 {
		return opts, errors.New("-write must be positive, -bytes not negative")
	}
	// The library's debug log goes to standard output by default, which is ours.
	var debug io.Writer = io.Discard
	if *verbose {
		debug = os.Stderr
	}
	golog.SetOutputs(os.Stderr, debug)
	return opts, nil
}

func serve(opts options) error {
	var listeners []net.Listener
	var trackers []multipath.StatsTracker
	var addrs []string
	for _, address := range opts.addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			report(event{Event: "error", Message: err.Error()})
			return err
		}
		listeners = append(listeners, listener)
		trackers = append(trackers, multipath.NullTracker{})
		addrs = append(addrs, listener.Addr().String())
	}
	listener := multipath.NewListener(listeners, trackers)
	report(event{Event: "ready", Addrs: addrs})
	for served := 0; opts.sessions == 0 || served < opts.sessions; served++ {
		// Counts from here, so that a server nobody comes to ends too; one without end may wait for ever.
		var waiting *time.Timer
		if opts.sessions != 0 {
			waiting = watchdog(opts.timeout, nil)
		}
		conn, err := listener.Accept()
		if waiting != nil {
			waiting.Stop()
		}
		if err != nil {
			report(event{Event: "error", Message: err.Error()})
			return err
		}
		if err = runSession(conn, opts); err != nil && opts.sessions != 0 {
			return err
		}
	}
	return nil
}

// pathDialer dials one path.
type pathDialer string

func (d pathDialer) DialContext(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", string(d))
}

func (d pathDialer) Label() string {
	return string(d)
}

func connect(opts options) error {
	var dialers []multipath.Dialer
	for _, address := range opts.addresses {
		dialers = append(dialers, pathDialer(address))
	}
	dialing := watchdog(opts.timeout, nil)
	conn, err := multipath.NewDialer("peer", dialers).DialContext(context.Background())
	if dialing != nil {
		dialing.Stop()
	}
	if err != nil {
		report(event{Event: "error", Message: err.Error()})
		return err
	}
	return runSession(conn, opts)
}

// watchdog ends the process after the limit: the library's calls can block without end.
func watchdog(limit time.Duration, s *session) *time.Timer {
	if limit == 0 {
		return nil
	}
	return time.AfterFunc(limit, func() {
		e := event{Event: "error", Message: "timeout"}
		if s != nil {
			e.Read, e.Written = s.counts()
		}
		report(e)
		os.Exit(exitTimeout)
	})
}
