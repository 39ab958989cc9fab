package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

const (
	protocolVersion = "15"
	pingInterval    = 5 * time.Second
	trackWait       = 5 * time.Second
)

// room is one subscription: LiveKit's signalling in its form with two peer connections, of which only the server's is used.
type room struct {
	id        string
	pc        *webrtc.PeerConnection
	recording *recording
	done      chan struct{}

	wsLock sync.Mutex
	ws     *websocket.Conn

	// Below: the signalling's goroutine and the tracks' ones.
	lock       sync.Mutex
	tracks     uint8
	identities map[string]string // participant sid to identity
	present    map[string]bool   // by identity
	published  map[string]bool   // by track sid
	early      []webrtc.ICECandidateInit
	isAnswered bool
}

func join(api *webrtc.API, c command) (*room, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	address.Path = strings.TrimRight(address.Path, "/") + "/rtc"
	address.RawQuery = url.Values{
		"access_token": {c.Token}, "protocol": {protocolVersion}, "auto_subscribe": {"1"}, "sdk": {"go"}, "version": {"1.0.0"},
	}.Encode()
	ws, response, err := websocket.DefaultDialer.Dial(address.String(), nil)
	if err != nil {
		return nil, refusal(err, response)
	}
	r := &room{
		id: c.ID, ws: ws, done: make(chan struct{}),
		identities: map[string]string{}, present: map[string]bool{}, published: map[string]bool{},
	}
	if r.recording, err = newRecording(c.Out); err != nil {
		ws.Close()
		return nil, err
	}
	if r.pc, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		ws.Close()
		return nil, err
	}
	r.pc.OnTrack(r.onTrack)
	r.pc.OnICECandidate(r.onLocalCandidate)
	go r.read()
	go r.ping()
	return r, nil
}

func refusal(err error, response *http.Response) error {
	if response == nil {
		return err
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
	return fmt.Errorf("%w: %s: %s", err, response.Status, text)
}

func (r *room) send(request *livekit.SignalRequest) {
	message, err := proto.Marshal(request)
	if err != nil {
		panic(err)
	}
	r.wsLock.Lock()
	defer r.wsLock.Unlock()
	// A broken socket ends the reader, which tells.
	_ = r.ws.WriteMessage(websocket.BinaryMessage, message)
}

func (r *room) ping() {
	ticks := time.NewTicker(pingInterval)
	defer ticks.Stop()
	for {
		select {
		case <-r.done:
			return
		case <-ticks.C:
			r.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{
				PingReq: &livekit.Ping{Timestamp: time.Now().UnixMilli()},
			}})
		}
	}
}

func (r *room) read() {
	for {
		_, message, err := r.ws.ReadMessage()
		if err != nil {
			select {
			case <-r.done:
			default:
				say(r.id, "error", event{"error": "the server closed: " + err.Error()})
			}
			return
		}
		var response livekit.SignalResponse
		if err := proto.Unmarshal(message, &response); err != nil {
			say(r.id, "error", event{"error": err.Error()})
			continue
		}
		if err := r.onSignal(&response); err != nil {
			say(r.id, "error", event{"error": err.Error()})
		}
	}
}

func (r *room) onSignal(response *livekit.SignalResponse) error {
	switch m := response.Message.(type) {
	case *livekit.SignalResponse_Join:
		say(r.id, "joined", event{"server": m.Join.ServerInfo.GetVersion()})
		r.onParticipants(m.Join.OtherParticipants)
	case *livekit.SignalResponse_Update:
		r.onParticipants(m.Update.Participants)
	case *livekit.SignalResponse_Offer:
		return r.onOffer(m.Offer)
	case *livekit.SignalResponse_Trickle:
		return r.onRemoteCandidate(m.Trickle)
	case *livekit.SignalResponse_Leave:
		say(r.id, "server_leave", event{"reason": m.Leave.Reason.String()})
	}
	return nil
}

func (r *room) onParticipants(participants []*livekit.ParticipantInfo) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, p := range participants {
		r.identities[p.Sid] = p.Identity
		if p.State == livekit.ParticipantInfo_DISCONNECTED {
			if r.present[p.Identity] {
				delete(r.present, p.Identity)
				say(r.id, "gone", event{"identity": p.Identity, "reason": p.DisconnectReason.String()})
			}
			continue
		}
		if !r.present[p.Identity] {
			r.present[p.Identity] = true
			say(r.id, "participant", event{"identity": p.Identity, "kind": p.Kind.String(), "attributes": p.Attributes})
		}
		for _, t := range p.Tracks {
			if !r.published[t.Sid] {
				r.published[t.Sid] = true
				say(r.id, "published", event{
					"identity": p.Identity, "sid": t.Sid, "type": t.Type.String(), "source": t.Source.String(), "mime": t.MimeType,
					"width": t.Width, "height": t.Height, "layers": len(t.Layers), "name": t.Name,
				})
			}
		}
	}
}

func (r *room) onOffer(offer *livekit.SessionDescription) error {
	if err := r.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.Sdp}); err != nil {
		return err
	}
	answer, err := r.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := r.pc.SetLocalDescription(answer); err != nil {
		return err
	}
	r.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{
		Answer: &livekit.SessionDescription{Type: "answer", Sdp: answer.SDP, Id: offer.Id},
	}})
	r.lock.Lock()
	early := r.early
	r.early, r.isAnswered = nil, true
	r.lock.Unlock()
	for _, candidate := range early {
		err = errors.Join(err, r.pc.AddICECandidate(candidate))
	}
	return err
}

func (r *room) onRemoteCandidate(trickle *livekit.TrickleRequest) error {
	if trickle.Target != livekit.SignalTarget_SUBSCRIBER {
		return nil
	}
	var candidate webrtc.ICECandidateInit
	if err := json.Unmarshal([]byte(trickle.CandidateInit), &candidate); err != nil {
		return err
	}
	r.lock.Lock()
	if !r.isAnswered {
		r.early = append(r.early, candidate)
		r.lock.Unlock()
		return nil
	}
	r.lock.Unlock()
	return r.pc.AddICECandidate(candidate)
}

func (r *room) onLocalCandidate(candidate *webrtc.ICECandidate) {
	if candidate == nil {
		return
	}
	init, err := json.Marshal(candidate.ToJSON())
	if err != nil {
		panic(err)
	}
	r.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{
		Trickle: &livekit.TrickleRequest{CandidateInit: string(init), Target: livekit.SignalTarget_SUBSCRIBER},
	}})
}

// identity of a track's participant. Its packets may come before the message that names it.
func (r *room) identity(participantSid string) string {
	for deadline := time.Now().Add(trackWait); ; time.Sleep(10 * time.Millisecond) {
		r.lock.Lock()
		identity := r.identities[participantSid]
		r.lock.Unlock()
		if identity != "" || time.Now().After(deadline) {
			return identity
		}
	}
}

func (r *room) onTrack(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	r.lock.Lock()
	n := r.tracks
	r.tracks++
	r.lock.Unlock()
	go r.readReports(n, uint32(track.SSRC()), receiver)
	isFirst := true
	for {
		packet, _, err := track.ReadRTP()
		at := monotonicNs()
		if err != nil {
			say(r.id, "track_end", event{"track": n})
			return
		}
		if isFirst && len(packet.Payload) > 0 {
			isFirst = false
			go r.describe(n, track, at)
		}
		h := header{
			Kind: kindRTP, Track: n, PayloadType: packet.PayloadType, ArrivalNs: at, RTP: packet.Timestamp,
			Sequence: uint32(packet.SequenceNumber),
		}
		if packet.Marker {
			h.Marker = 1
		}
		r.recording.add(h, packet.Payload)
	}
}

func (r *room) describe(n uint8, track *webrtc.TrackRemote, firstNs int64) {
	participant, _, _ := strings.Cut(track.StreamID(), "|")
	codec := track.Codec()
	about := event{
		"track": n, "identity": r.identity(participant), "kind": track.Kind().String(), "mime": codec.MimeType,
		"fmtp": codec.SDPFmtpLine, "clock": codec.ClockRate, "sid": track.ID(), "first_t": firstNs,
	}
	text, err := json.Marshal(about)
	if err != nil {
		panic(err)
	}
	r.recording.add(header{Kind: kindTrack, Track: n, ArrivalNs: firstNs}, text)
	say(r.id, "track", about)
}

func (r *room) readReports(n uint8, ssrc uint32, receiver *webrtc.RTPReceiver) {
	for {
		packets, _, err := receiver.ReadRTCP()
		at := monotonicNs()
		if err != nil {
			return
		}
		for _, p := range packets {
			if report, ok := p.(*rtcp.SenderReport); ok && report.SSRC == ssrc {
				r.recording.add(header{
					Kind: kindSenderReport, Track: n, ArrivalNs: at, NTP: report.NTPTime, RTP: report.RTPTime,
					Sequence: report.PacketCount,
				}, nil)
			}
		}
	}
}

func (r *room) leave() {
	close(r.done)
	r.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{
		Leave: &livekit.LeaveRequest{Reason: livekit.DisconnectReason_CLIENT_INITIATED},
	}})
	err := errors.Join(r.ws.Close(), r.pc.Close(), r.recording.close())
	if err != nil {
		say(r.id, "error", event{"error": err.Error()})
	}
	say(r.id, "left", nil)
}
