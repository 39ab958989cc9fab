// Command tap is a subscriber of LiveKit rooms that decodes nothing: it writes every RTP packet and sender report that reaches
// it to a file, with the time of arrival, so that measuring costs next to nothing while something is measured.
//
// Commands come as JSON lines on standard input, events go out as JSON lines, with "t" in nanoseconds of CLOCK_MONOTONIC:
//
//	{"cmd":"join","id":"a","url":"ws://127.0.0.1:7880","token":"…","out":"a.rtp"}   answers "joined"
//	{"cmd":"flush","id":"a"}   all that came so far is in the file when "flushed" comes
//	{"cmd":"leave","id":"a"}   answers "left"
//
// Events: "participant", "gone", "published", "track", "first_rtp", "track_end", "server_leave", "error". The end of standard
// input leaves all rooms. recording.go has the file's format.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"

	"github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"
)

// monotonicNs is CLOCK_MONOTONIC, which Java, Python and Node on the same machine read as well.
func monotonicNs() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}

type event map[string]any

var stdout sync.Mutex

func say(id, name string, more event) {
	line := event{"ev": name, "t": monotonicNs(), "id": id}
	for key, value := range more {
		line[key] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	stdout.Lock()
	defer stdout.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

type command struct {
	Cmd, ID, URL, Token, Out string
}

func newAPI() (*webrtc.API, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	codecs := &webrtc.MediaEngine{}
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	// No interceptors: no NACK, so a packet that is lost on loopback shows as a gap.
	return webrtc.NewAPI(webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(settings)), nil
}

func main() {
	api, err := newAPI()
	if err != nil {
		panic(err)
	}
	rooms := map[string]*room{}
	say("", "ready", nil)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			say("", "error", event{"error": err.Error()})
			continue
		}
		switch r := rooms[c.ID]; {
		case c.Cmd == "join":
			joined, err := join(api, c)
			if err != nil {
				say(c.ID, "error", event{"error": err.Error()})
				continue
			}
			rooms[c.ID] = joined
		case r == nil:
			say(c.ID, "error", event{"error": "not joined"})
		case c.Cmd == "flush":
			if err := r.recording.flush(); err != nil {
				say(c.ID, "error", event{"error": err.Error()})
			}
			say(c.ID, "flushed", nil)
		case c.Cmd == "leave":
			r.leave()
			delete(rooms, c.ID)
		}
	}
	for _, r := range rooms {
		r.leave()
	}
}
