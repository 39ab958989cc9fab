// The agent's side of an avatar, by the real Node client: DataStreamAudioOutput of @livekit/agents, steered by JSON lines as
// lines.py and agent.py have them: join (url, token, avatar, wait_playback_start=false, rate=24000), push (seconds, hz=440),
// flush, clear, playout, leave. "t" is CLOCK_MONOTONIC in nanoseconds.
'use strict';
const { createRequire } = require('node:module');
const path = require('node:path');
const readline = require('node:readline');

const installed = createRequire(path.join(process.env.TESTKIT_MODULES, 'package.json'));
const { initializeLogger, voice } = installed('@livekit/agents');
const { AudioFrame, Room, RoomEvent, TrackKind } = installed('@livekit/rtc-node');

const FRAME_MS = 20;
const AMPLITUDE = 12000;
initializeLogger({ pretty: false, level: 'error' });

function say(ev, id, more = {}) {
  // By hand, for JSON knows no integers of this size.
  const rest = JSON.stringify({ id, ...more }).slice(1);
  process.stdout.write(`{"ev":${JSON.stringify(ev)},"t":${process.hrtime.bigint()},${rest}\n`);
}

class Agent {
  constructor(id) {
    this.id = id;
    this.room = new Room();
    this.room.on(RoomEvent.Disconnected, (reason) => say('disconnected', id, { reason }));
  }

  async join(c) {
    this.rate = c.rate ?? 24000;
    await this.room.connect(c.url, c.token, { autoSubscribe: false, dynacast: false });
    this.output = new voice.DataStreamAudioOutput({
      room: this.room,
      destinationIdentity: c.avatar,
      sampleRate: this.rate,
      waitRemoteTrack: TrackKind.KIND_VIDEO,
      waitPlaybackStart: c.wait_playback_start ?? false,
    });
    this.output.on(voice.AudioOutput.EVENT_PLAYBACK_STARTED, () => say('playback_started', this.id));
    this.output.on(voice.AudioOutput.EVENT_PLAYBACK_FINISHED, (e) =>
      say('playback_finished', this.id, { position: e.playbackPosition, interrupted: e.interrupted }),
    );
    const participants = [...this.room.remoteParticipants.values()].map((p) => ({ identity: p.identity, sid: p.sid }));
    say('joined', this.id, { participants });
  }

  async push(c) {
    const size = (this.rate * FRAME_MS) / 1000;
    const count = Math.round((c.seconds * 1000) / FRAME_MS);
    const step = (2 * Math.PI * (c.hz ?? 440)) / this.rate;
    for (let i = 0; i < count; i++) {
      const pcm = Int16Array.from({ length: size }, (_, k) => Math.round(AMPLITUDE * Math.sin(step * (i * size + k))));
      await this.output.captureFrame(new AudioFrame(pcm, this.rate, 1, size));
    }
    say('pushed', this.id, { seconds: (count * FRAME_MS) / 1000 });
  }

  async run(c) {
    switch (c.cmd) {
      case 'join':
        return this.join(c);
      case 'push':
        return this.push(c);
      case 'flush':
        this.output.flush();
        return say('flushed', this.id);
      case 'clear':
        say('clearing', this.id);
        return this.output.clearBuffer();
      case 'playout':
        this.output
          .waitForPlayout()
          .then((e) => say('playout', this.id, { position: e.playbackPosition, interrupted: e.interrupted }));
        return undefined;
      case 'leave':
        await this.room.disconnect();
        return say('left', this.id);
      default:
        throw new Error(`no command ${c.cmd}`);
    }
  }
}

const agents = new Map();
let last = Promise.resolve();

async function handle(c) {
  const id = c.id ?? '';
  try {
    if (!agents.has(id)) agents.set(id, new Agent(id));
    await agents.get(id).run(c);
    if (c.cmd === 'leave') agents.delete(id);
  } catch (e) {
    say('error', id, { cmd: c.cmd, error: String(e) });
  }
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const command = JSON.parse(line);
  last = last.then(() => handle(command));
});
lines.on('close', async () => {
  await last;
  for (const id of [...agents.keys()]) await handle({ cmd: 'leave', id });
  process.exit(0);
});
process.on('unhandledRejection', (e) => say('error', '', { error: `unhandled: ${e}` }));
say('ready', '');
