// Gobench measures github.com/getlantern/multipath itself: both ends in this process, over loopback.
//
//	gobench bulk -write BYTES -paths N -seconds S     one direction, as fast as it goes
//	gobench echo -write BYTES -paths N -seconds S     one request after the other
//
// It prints one JSON object: bytes and seconds, or the number of requests and the percentiles of their times.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"sync/atomic"
	"time"

	"github.com/getlantern/golog"
	"github.com/getlantern/multipath"
)

// settling is not counted: sockets grow their buffers, paths join.
const settling = 300 * time.Millisecond

type result struct {
	Bytes     int64   `json:"bytes"`
	Seconds   float64 `json:"seconds"`
	Requests  int     `json:"requests"`
	P50Micros float64 `json:"p50"`
	P99Micros float64 `json:"p99"`
}

type path string

func (p path) DialContext(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", string(p))
}

func (p path) Label() string { return string(p) }

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("bulk or echo?"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	write := flags.Int("write", 64<<10, "bytes of each write")
	paths := flags.Int("paths", 2, "paths")
	seconds := flags.Float64("seconds", 1, "how long to count")
	if err := flags.Parse(os.Args[2:]); err != nil {
		fail(err)
	}
	golog.SetOutputs(os.Stderr, io.Discard)
	client, server := connect(*paths)
	duration := time.Duration(*seconds * float64(time.Second))
	var r result
	if os.Args[1] == "bulk" {
		r = bulk(client, server, *write, duration)
	} else {
		r = echo(client, server, *write, duration)
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fail(err)
	}
	os.Exit(0) // Its Close can block.
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gobench:", err)
	os.Exit(1)
}

func connect(paths int) (client, server net.Conn) {
	var listeners []net.Listener
	var trackers []multipath.StatsTracker
	var dialers []multipath.Dialer
	for i := 0; i < paths; i++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fail(err)
		}
		listeners = append(listeners, l)
		trackers = append(trackers, multipath.NullTracker{})
		dialers = append(dialers, path(l.Addr().String()))
	}
	listener := multipath.NewListener(listeners, trackers)
	accepted := make(chan net.Conn)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		accepted <- conn
	}()
	client, err := multipath.NewDialer("bench", dialers).DialContext(context.Background())
	if err != nil {
		fail(err)
	}
	return client, <-accepted
}

func bulk(client, server net.Conn, write int, duration time.Duration) result {
	var received int64
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			atomic.AddInt64(&received, int64(n))
		}
	}()
	go func() {
		buf := make([]byte, write)
		for {
			if _, err := client.Write(buf); err != nil {
				return
			}
		}
	}()
	time.Sleep(settling)
	before, begin := atomic.LoadInt64(&received), time.Now()
	time.Sleep(duration)
	return result{Bytes: atomic.LoadInt64(&received) - before, Seconds: time.Since(begin).Seconds()}
}

func echo(client, server net.Conn, size int, duration time.Duration) result {
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if _, err = server.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	request, answer := make([]byte, size), make([]byte, size)
	var times []time.Duration
	begin := time.Now()
	for time.Since(begin) < settling+duration {
		sent := time.Now()
		if _, err := client.Write(request); err != nil {
			fail(err)
		}
		if _, err := io.ReadFull(client, answer); err != nil {
			fail(err)
		}
		if time.Since(begin) > settling {
			times = append(times, time.Since(sent))
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	at := func(part float64) float64 { return float64(times[int(part*float64(len(times)-1))]) / 1e3 }
	return result{Requests: len(times), Seconds: duration.Seconds(), P50Micros: at(.5), P99Micros: at(.99)}
}
