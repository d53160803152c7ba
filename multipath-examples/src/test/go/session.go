package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/getlantern/multipath"
)

// readSize is what one read asks for: as much as the largest write of the tests, and half of Go's usual socket read.
const readSize = 64 << 10

// session is one connection while its mode runs.
type session struct {
	conn    net.Conn
	opts    options
	read    int64
	written int64
	sum     hash.Hash
}

func runSession(conn net.Conn, opts options) error {
	s := &session{conn: conn, opts: opts, sum: sha256.New()}
	report(event{Event: "connected"})
	if timer := watchdog(opts.timeout, s); timer != nil {
		defer timer.Stop()
	}
	done := make(chan struct{})
	defer close(done)
	if opts.progress != 0 {
		go s.reportProgress(done)
	}
	begin := time.Now()
	total, err := s.run()
	conn.Close()
	if err != nil {
		e := event{Event: "error", Message: err.Error()}
		e.Read, e.Written = s.counts()
		report(e)
		return err
	}
	report(event{
		Event:   "result",
		Mode:    opts.mode,
		Bytes:   &total,
		Sha256:  hex.EncodeToString(s.sum.Sum(nil)),
		Seconds: time.Since(begin).Seconds(),
	})
	return nil
}

// run does what the mode says; the bytes it returns are those the SHA-256 is of.
func (s *session) run() (int64, error) {
	switch s.opts.mode {
	case "source":
		return s.opts.bytes, s.source()
	case "sink":
		return s.opts.bytes, s.sink()
	case "pipe":
		err := s.pipe()
		return atomic.LoadInt64(&s.read), err
	}
	if s.opts.server {
		err := s.echo()
		return atomic.LoadInt64(&s.read), err
	}
	return s.opts.bytes, s.echoed()
}

func (s *session) counts() (read, written *int64) {
	r, w := atomic.LoadInt64(&s.read), atomic.LoadInt64(&s.written)
	return &r, &w
}

func (s *session) reportProgress(done <-chan struct{}) {
	tick := time.NewTicker(s.opts.progress)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			e := event{Event: "progress"}
			e.Read, e.Written = s.counts()
			report(e)
		}
	}
}

func (s *session) source() error {
	if err := s.writeStream(s.sum); err != nil {
		return err
	}
	receipt := make([]byte, sha256.Size)
	if _, err := io.ReadFull(counting{s.conn, &s.read}, receipt); err != nil {
		return fmt.Errorf("no receipt: %w", err)
	}
	if !bytes.Equal(receipt, s.sum.Sum(nil)) {
		return errors.New("the receipt is of another stream")
	}
	return nil
}

func (s *session) sink() error {
	if err := s.readStream(s.sum); err != nil {
		return err
	}
	if err := s.write(s.sum.Sum(nil)); err != nil {
		return err
	}
	return s.awaitClose()
}

// echoed is the echo client. Writing and reading go on at once: with both ends only writing, all buffers fill.
func (s *session) echoed() error {
	writing := make(chan error, 1)
	go func() { writing <- s.writeStream(io.Discard) }()
	if err := s.readStream(s.sum); err != nil {
		return err
	}
	return <-writing
}

// echo is the echo server.
func (s *session) echo() error {
	return s.forEachRead(func(rest []byte) error {
		for len(rest) > 0 {
			size := len(rest)
			if size > s.opts.writeSize {
				size = s.opts.writeSize
			}
			if err := s.write(rest[:size]); err != nil {
				return err
			}
			rest = rest[size:]
		}
		return nil
	})
}

// forEachRead handles what is read, until the peer closes.
func (s *session) forEachRead(handle func([]byte) error) error {
	buf := make([]byte, readSize)
	for {
		n, err := s.conn.Read(buf)
		if errors.Is(err, multipath.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		atomic.AddInt64(&s.read, int64(n))
		s.sum.Write(buf[:n])
		if err := handle(buf[:n]); err != nil {
			return err
		}
	}
}

func (s *session) pipe() error {
	incoming := make(chan error, 1)
	heard := make(chan struct{}, 1)
	go func() { incoming <- s.toStdout(heard) }()
	inputEnd := make(chan error, 1)
	go func() { inputEnd <- s.fromStdin() }()
	var idle <-chan time.Time
	for {
		select {
		case err := <-incoming:
			return err
		case err := <-inputEnd:
			if err != nil {
				return err
			}
			if !s.opts.server {
				idle = time.After(s.opts.idle)
			}
		case <-heard:
			if idle != nil {
				idle = time.After(s.opts.idle)
			}
		case <-idle:
			return nil
		}
	}
}

func (s *session) toStdout(heard chan<- struct{}) error {
	return s.forEachRead(func(part []byte) error {
		if _, err := os.Stdout.Write(part); err != nil {
			return err
		}
		select {
		case heard <- struct{}{}:
		default:
		}
		return nil
	})
}

func (s *session) fromStdin() error {
	buf := make([]byte, s.opts.writeSize)
	for {
		n, err := os.Stdin.Read(buf)
		if n > 0 {
			if err := s.write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// writeStream writes the stream of the seed and gives the same bytes to sum.
func (s *session) writeStream(sum io.Writer) error {
	stream := newStream(s.opts.seed)
	buf := make([]byte, s.opts.writeSize)
	for left := s.opts.bytes; left > 0; {
		part := buf
		if int64(len(part)) > left {
			part = part[:left]
		}
		stream.fill(part)
		sum.Write(part) // neither a hash nor io.Discard returns an error
		if err := s.write(part); err != nil {
			return err
		}
		left -= int64(len(part))
	}
	return nil
}

// readStream reads the stream of the seed, compares it as it comes and gives it to sum.
func (s *session) readStream(sum io.Writer) error {
	stream := newStream(s.opts.seed)
	buf := make([]byte, readSize)
	want := make([]byte, readSize)
	for at := int64(0); at < s.opts.bytes; {
		part := buf
		if int64(len(part)) > s.opts.bytes-at {
			part = part[:s.opts.bytes-at]
		}
		n, err := s.conn.Read(part)
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at, s.opts.bytes, err)
		}
		atomic.AddInt64(&s.read, int64(n))
		sum.Write(part[:n])
		stream.fill(want[:n])
		if !bytes.Equal(part[:n], want[:n]) {
			return fmt.Errorf("wrong bytes at %d or up to %d after it", at, n-1)
		}
		at += int64(n)
	}
	return nil
}

func (s *session) write(b []byte) error {
	n, err := s.conn.Write(b)
	atomic.AddInt64(&s.written, int64(n))
	return err
}

func (s *session) awaitClose() error {
	var one [1]byte
	n, err := s.conn.Read(one[:])
	if errors.Is(err, multipath.ErrClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	if n > 0 {
		return errors.New("bytes beyond the end of the stream")
	}
	return nil
}

// counting adds what is read to a counter.
type counting struct {
	io.Reader
	count *int64
}

func (c counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	atomic.AddInt64(c.count, int64(n))
	return n, err
}
