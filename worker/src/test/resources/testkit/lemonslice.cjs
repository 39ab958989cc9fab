// The published Node plugin of LemonSlice against a served API: URL KEY ROOM PICTURE, where PICTURE is an avatar's id or a file. Its AvatarSession
// brings the avatar into a real room, and an agent speaks through it: a turn, an interruption, and another turn. LIVEKIT_URL, LIVEKIT_API_KEY and
// LIVEKIT_API_SECRET say where. Prints "ok". One room to a process: the client takes reports of playback in the first one alone.
'use strict';
const assert = require('node:assert');
const { createRequire } = require('node:module');
const path = require('node:path');

const installed = createRequire(path.join(process.env.TESTKIT_MODULES, 'package.json'));
const { initializeLogger, voice } = installed('@livekit/agents');
const lemonslice = installed('@livekit/agents-plugin-lemonslice');
const { AudioFrame, Room } = installed('@livekit/rtc-node');
const { AccessToken } = createRequire(installed.resolve('@livekit/agents-plugin-lemonslice'))('livekit-server-sdk');

const RATE = 16000;
const [url, key, name, picture] = process.argv.slice(2);
const base = `${url}/api/liveai/sessions`;
initializeLogger({ pretty: false, level: 'error' });

async function join() {
  const token = new AccessToken(process.env.LIVEKIT_API_KEY, process.env.LIVEKIT_API_SECRET, { identity: 'node-agent' });
  token.kind = 'agent';
  token.addGrant({ roomJoin: true, room: name });
  const room = new Room();
  await room.connect(process.env.LIVEKIT_URL, await token.toJwt(), { autoSubscribe: false, dynacast: false });
  return room;
}

function tone(seconds) {
  const pcm = Int16Array.from({ length: seconds * RATE }, (_, i) => Math.round(12000 * Math.sin((2 * Math.PI * 440 * i) / RATE)));
  return new AudioFrame(pcm, RATE, 1, pcm.length);
}

// A whole turn, through the output that the plugin has given the session.
async function speak(output, seconds) {
  await output.captureFrame(tone(seconds));
  output.flush();
  return output.waitForPlayout();
}

// An interruption, once the avatar has said that it speaks.
async function speakAndInterrupt(output, seconds) {
  const started = new Promise((resolve) => output.once(voice.AudioOutput.EVENT_PLAYBACK_STARTED, resolve));
  await output.captureFrame(tone(seconds));
  output.flush();
  await started;
  output.clearBuffer();
  return output.waitForPlayout();
}

async function status(id) {
  const answer = await fetch(`${base}/${id}`, { headers: { 'x-api-key': key } });
  assert.strictEqual(answer.status, 200);
  return (await answer.json()).session_status;
}

// The room sees the avatar a moment before the API has been told.
async function until(id, wanted) {
  const deadline = Date.now() + 60_000;
  for (let shown = await status(id); shown !== wanted; shown = await status(id)) {
    assert.ok(Date.now() < deadline, `${shown}, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function run() {
  const room = await join();
  const session = new voice.AgentSession({ vad: null });
  const avatar = new lemonslice.AvatarSession({
    ...(path.isAbsolute(picture) ? { agentImage: picture } : { agentId: picture }),
    apiUrl: base,
    apiKey: key,
    agentPrompt: 'a smiling person',
    idleTimeout: 120,
    extraPayload: { responseDoneTimeout: 0.8, aspectRatio: '2x3' },
  });
  const id = await avatar.start(session, room);
  assert.match(id, /^livekit-/);
  step = 'the avatar in the room';
  await avatar.waitForJoin();
  await until(id, 'ACTIVE');

  step = 'a turn';
  const whole = await speak(session.output.audio, 2);
  assert.ok(!whole.interrupted && Math.abs(whole.playbackPosition - 2) < 0.05, JSON.stringify(whole));
  step = 'an interruption';
  const cut = await speakAndInterrupt(session.output.audio, 20);
  assert.ok(cut.interrupted && cut.playbackPosition < 20, JSON.stringify(cut));
  step = 'the turn after it';
  const next = await speak(session.output.audio, 1);
  assert.ok(!next.interrupted && Math.abs(next.playbackPosition - 1) < 0.05, JSON.stringify(next));

  step = 'the end';
  const ended = await fetch(`${base}/${id}/control`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'terminate' }),
  });
  assert.strictEqual(ended.status, 200);
  await until(id, 'COMPLETED');
  await avatar.aclose();
  await room.disconnect();
}

const HANGS_MS = 200_000; // the test gives up a little later, without saying where
let step = 'start';
setTimeout(() => {
  console.error(`hangs at: ${step}`);
  process.exit(1);
}, HANGS_MS);
run().then(
  () => {
    console.log('ok');
    process.exit(0);
  },
  (e) => {
    console.error(`at: ${step}`, e);
    process.exit(1);
  },
);
