package main

import (
	"bufio"
	"encoding/binary"
	"os"
	"sync"
)

const (
	kindRTP          = 1
	kindSenderReport = 2
	kindTrack        = 3
)

// header begins each record of a recording, little-endian, 32 bytes; `Size` bytes follow it: the payload of an RTP packet, nothing
// for a sender report, a JSON object that describes the track for a track.
type header struct {
	Kind        uint8
	Track       uint8 // counts from 0 in a recording
	Marker      uint8
	PayloadType uint8
	Size        uint32
	ArrivalNs   int64
	NTP         uint64 // sender reports
	RTP         uint32 // timestamp
	Sequence    uint32 // sender reports: packet count
}

// recording is a file that several tracks write to.
type recording struct {
	lock sync.Mutex
	file *os.File
	out  *bufio.Writer
}

func newRecording(path string) (*recording, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &recording{file: file, out: bufio.NewWriterSize(file, 1<<20)}, nil
}

func (r *recording) add(h header, body []byte) {
	h.Size = uint32(len(body))
	r.lock.Lock()
	defer r.lock.Unlock()
	// The writer keeps its first error, and flush tells it.
	_ = binary.Write(r.out, binary.LittleEndian, &h)
	_, _ = r.out.Write(body)
}

func (r *recording) flush() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.out.Flush()
}

func (r *recording) close() error {
	if err := r.flush(); err != nil {
		return err
	}
	return r.file.Close()
}
