package main

import "encoding/binary"

// stream is the pseudo-random stream of a seed; see the comment of main.go.
type stream struct {
	state uint64
	left  []byte // what is not yet taken of word
	word  [8]byte
}

func newStream(seed uint64) *stream {
	return &stream{state: seed}
}

// fill gives the next len(b) bytes.
func (s *stream) fill(b []byte) {
	n := copy(b, s.left)
	s.left, b = s.left[n:], b[n:]
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, s.next())
	}
	if len(b) > 0 {
		binary.LittleEndian.PutUint64(s.word[:], s.next())
		s.left = s.word[copy(b, s.word[:]):]
	}
}

func (s *stream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
