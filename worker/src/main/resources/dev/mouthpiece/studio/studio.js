// The studio: one avatar, one session, one viewer; what is said to it, and how it goes.

import { api, ApiError, key } from './api.js';
import { Gallery } from './gallery.js';
import { MIC_RATE, Microphone } from './mic.js';
import { clearNotice, notice } from './notices.js';
import { Meter, numbers } from './numbers.js';
import { showOperator } from './operator.js';
import { Viewer } from './player.js';
import { Plot } from './plot.js';
import { decode, Speech } from './speech.js';

const SAMPLE_RATE = 16000;
const FILE_RATE = 48000;
const IDLE_TIMEOUT_S = 600;
/** The mouth counts as moving from here on. */
const OPEN = 0.08;
const AUDIBLE = 500;
const LEAD_IN_S = 0.02;
const GONE_POLL_MS = 1000;
const STATES = {
  off: 'Not connected',
  connecting: 'Connecting\u2026',
  live: 'Live',
  waiting: 'Waiting for a free place\u2026',
  gone: 'The server is gone\u2026',
  ended: 'Ended',
};

const $ = (id) => document.getElementById(id);
const video = $('face');
const gallery = new Gallery();
const plot = new Plot($('plot'));
const mic = new Microphone();

let session = null;
let viewer = null;
let speech = null;
let meter = new Meter();
/** Grows with each try, so that what belongs to an older one is dropped wherever it comes back. */
let generation = 0;
let wantsSound = true;
let retryTimer = 0;
let nominalFps = 25;
/** What is being said: its segment once the server has numbered it, and when it began here. */
let utterance = { segment: 0, since: 0, says: '', isMoving: true };
const playing = new Set();

// ---------------------------------------------------------------- connection

function enter(state, says = STATES[state]) {
  $('stage').dataset.state = state;
  $('state-says').textContent = says;
  const isLive = state === 'live';
  document.documentElement.dataset.state = state;
  $('begin').hidden = state !== 'ended';
  for (const control of document.querySelectorAll('#samples button, #talk, #continuous, #audio-file')) {
    control.disabled = !isLive;
  }
  if (!isLive) {
    // A closed connection leaves a black frame: the portrait is better company.
    $('poster').hidden = !$('poster').naturalWidth;
    playing.clear();
    showSpeaking();
  }
}

async function connect() {
  leave();
  const mine = ++generation;
  clearTimeout(retryTimer);
  enter('connecting');
  // The offer is made while the server makes the session, and neither waits for the gallery.
  const mineViewer = new Viewer(video);
  viewer = mineViewer;
  try {
    showPoster(gallery.chosenId);
    const made = await open();
    if (mine !== generation) {
      end(made);
      return;
    }
    session = made;
    await Promise.all([watch(mineViewer, made, mine), listen(made, mine)]);
  } catch (error) {
    if (mine === generation) {
      failed(error);
    }
  }
}

async function open() {
  const order = (id) => api('POST', '/v1/sessions', { json: { avatar_id: id, transport: { type: 'whep' }, idle_timeout_seconds: IDLE_TIMEOUT_S, metadata: { client: 'studio' } } });
  try {
    return await order(gallery.chosenId);
  } catch (error) {
    if (error.status !== 404 && error.status !== 409) {
      throw error;
    }
    // The remembered avatar is gone.
    await gallery.load();
    return order(gallery.chosenId);
  }
}

async function watch(mineViewer, made, mine) {
  mineViewer.addEventListener('stream', () => {
    showSilenced(false);
    mineViewer.play(!wantsSound);
  });
  mineViewer.addEventListener('silent', () => showSilenced(true));
  mineViewer.addEventListener('frame', () => {
    if (mine === generation) {
      $('poster').hidden = true;
      clearNotice('gone', 'full', 'failed', 'ended', 'media');
      enter('live');
    }
  });
  mineViewer.addEventListener('lost', () => {
    if (mine === generation) {
      lost();
    }
  });
  await mineViewer.connect(made.transport.whep_url, made.transport.token, made.transport.ice_servers ?? []);
  setTimeout(() => {
    if (mine === generation && document.documentElement.dataset.state === 'connecting') {
      notice('media', { title: 'No picture gets through.', text: 'The server answers, but its UDP packets do not arrive: a firewall or a VPN may stop them. The page keeps trying.' });
    }
  }, 6000);
}

async function listen(made, mine) {
  const mineSpeech = new Speech(made.transport.speech_url, made.transport.token);
  speech = mineSpeech;
  mineSpeech.addEventListener('message', ({ detail }) => mine === generation && heard(detail));
  mineSpeech.addEventListener('lost', () => mine === generation && document.documentElement.dataset.state !== 'ended' && lost());
  await mineSpeech.open(SAMPLE_RATE);
}

/** Something broke that worked: the server may be gone, or only the path to it. */
function lost() {
  leave();
  const mine = ++generation;
  enter('gone');
  const look = async () => {
    if (mine !== generation) {
      return;
    }
    try {
      await api('GET', '/v1/status');
      start();
    } catch {
      notice('gone', { title: 'The server does not answer.', text: 'Start it again with ./mouthpiece serve. This page looks for it every second and goes on by itself.', kind: 'bad' });
      retryTimer = setTimeout(look, GONE_POLL_MS);
    }
  };
  look();
}

function failed(error) {
  leave();
  if (!(error instanceof ApiError)) {
    console.error(error);
  }
  if (error.status === 401 || error.status === 403) {
    askForKey();
  } else if (error.status === 503 || error.status === 429) {
    const waitS = Math.max(1, Math.min(60, error.retryAfterS || 5));
    enter('waiting');
    notice('full', { title: 'All places are taken.', text: `This server is as busy as it can be without stuttering. Next try in ${waitS} s; ending a session in the operator view frees a place.`, action: { label: 'Try now', run: connect } });
    retryTimer = setTimeout(connect, waitS * 1000);
  } else if (error.status === 0 || !(error instanceof ApiError)) {
    lost();
  } else {
    enter('ended', 'Stopped');
    notice('failed', { title: 'The session could not start.', text: `${error.message}.`, kind: 'bad', action: { label: 'Try again', run: connect } });
  }
}

/** Lets go of the session. `leaving`: the page goes away. */
function leave(leaving = false) {
  mic.listen(false);
  $('continuous').checked = false;
  viewer?.close(leaving);
  speech?.close();
  if (session) {
    end(session, leaving);
  }
  viewer = speech = session = null;
  meter = new Meter();
  numbers.clear();
}

function end(made, keepalive = false) {
  api('POST', `/v1/sessions/${made.id}/end`, { keepalive }).catch(() => {
    // A session without a viewer is ended by the server.
  });
}

function ended(reason) {
  leave();
  generation++;
  const why = { idle_timeout: 'Nobody has spoken for a while.', max_duration: 'It has run for as long as it may.', drained: 'The server is being stopped.', ended: 'It was ended, by you or by an operator.' };
  enter('ended');
  notice('ended', { title: 'This session is over.', text: why[reason] ?? `${reason ?? 'It was ended'}.`, action: { label: 'Start again', run: connect } });
}

function askForKey() {
  enter('ended', 'An API key is needed');
  const dialog = $('key-dialog');
  if (!dialog.open) {
    dialog.returnValue = '';
    dialog.showModal();
  }
}

async function showPoster(id) {
  const url = await gallery.picture(id).catch(() => null);
  const poster = $('poster');
  poster.onload = () => (poster.hidden = document.documentElement.dataset.state === 'live');
  poster.onerror = () => (poster.hidden = true);
  if (url) {
    poster.src = url;
  }
}

// ---------------------------------------------------------------- what the server tells

function heard(event) {
  switch (event.type) {
    case 'ready':
      nominalFps = event.fps;
      if (event.width) {
        $('stage').style.setProperty('--ratio', event.width / event.height);
      }
      break;
    case 'segment_started':
      if (event.own) {
        utterance.segment = event.segment;
      } else {
        plot.clear();
        utterance = { segment: event.segment, since: performance.now(), says: 'after somebody else began', isMoving: false };
      }
      break;
    case 'playback_started':
      playing.add(event.segment);
      showSpeaking();
      break;
    case 'playback_finished':
      playing.delete(event.segment);
      showSpeaking();
      if (event.segment === utterance.segment) {
        describe(event);
      }
      break;
    case 'mouth':
      if (event.segment === utterance.segment) {
        plot.mouth(event.frame, event.open);
        if (!utterance.isMoving && event.open >= OPEN && utterance.since) {
          utterance.isMoving = true;
          numbers.firstMovement(performance.now() - utterance.since + meter.videoDelayMs, utterance.says);
        }
      }
      break;
    case 'status':
      numbers.queue(event.queued_seconds);
      break;
    case 'session_ended':
      ended(event.reason);
      break;
    case 'error':
      notice('speech', { title: 'That was not said.', text: `${event.message}.` });
      break;
  }
}

function describe({ position, interrupted }) {
  $('plot-says').textContent = `${interrupted ? 'Interrupted after' : 'Said in'} ${position.toFixed(1)} s; the mouth opened ${plot.movements} times. Sound above, opening of the mouth below.`;
}

function showSpeaking() {
  $('speaking').hidden = playing.size === 0;
  $('stage').classList.toggle('speaks', playing.size > 0);
  $('interrupt').disabled = playing.size === 0;
}

setInterval(async () => {
  if (viewer && document.documentElement.dataset.state === 'live') {
    const stats = await viewer.stats().catch(() => ({}));
    meter.read(stats, nominalFps);
  }
}, 1000);

// ---------------------------------------------------------------- what is said

function utter(says) {
  clearNotice('speech', 'mic');
  plot.clear();
  utterance = { segment: -1, since: 0, says, isMoving: false };
  // Pressing a button is the gesture that a browser wants before it makes a sound.
  if (wantsSound && video.muted) {
    soundOn();
  }
}

async function sayPcm(pcm, rate, pressedAt) {
  utter('after you pressed');
  utterance.since = pressedAt;
  // Nobody wants to wait for a recording's silence.
  const spoken = pcm.subarray(Math.max(0, pcm.findIndex((sample) => Math.abs(sample) > AUDIBLE) - rate * LEAD_IN_S));
  plot.sound(spoken, rate);
  try {
    await speech.say(spoken, rate);
  } catch {
    notice('speech', { title: 'That was not said.', text: 'The connection for speech was refused; the page makes a new one.' });
    lost();
  }
}

async function loadSamples() {
  const { samples } = await api('GET', '/studio/samples');
  $('samples').replaceChildren(
    ...samples.map((sample, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sample';
      button.dataset.sample = sample.name;
      button.disabled = document.documentElement.dataset.state !== 'live';
      button.innerHTML = '<svg aria-hidden="true"><use href="#i-play"/></svg><span><b></b> <q></q></span>';
      button.querySelector('b').textContent = sample.title;
      button.querySelector('q').textContent = sample.text;
      if (index < 9) {
        button.setAttribute('aria-keyshortcuts', String(index + 1));
        button.append(Object.assign(document.createElement('kbd'), { textContent: index + 1 }));
      }
      let pcm = null;
      const fetched = () => (pcm ??= fetch(sample.url).then((r) => r.arrayBuffer()).then((bytes) => decode(bytes, SAMPLE_RATE)));
      // Ready before it is pressed, but after the face is there.
      setTimeout(() => fetched().catch(() => (pcm = null)), 1200);
      button.onclick = async () => {
        const pressedAt = performance.now();
        sayPcm(await fetched(), SAMPLE_RATE, pressedAt);
      };
      return button;
    }),
  );
}

async function sayFile(file) {
  const pressedAt = performance.now();
  $('audio-says').textContent = `Reading ${file.name}\u2026`;
  try {
    const pcm = await decode(await file.arrayBuffer(), FILE_RATE);
    $('audio-says').textContent = `${file.name}, ${(pcm.length / FILE_RATE).toFixed(1)} s. Drop another one, or choose one`;
    sayPcm(pcm, FILE_RATE, pressedAt);
  } catch {
    $('audio-says').textContent = 'Drop a sound file here, or choose one';
    notice('speech', { title: `${file.name} is no sound that this browser can read.`, text: 'WAV, MP3, M4A, Ogg and FLAC usually work.' });
  }
}

// ---------------------------------------------------------------- microphone

let micTurn = null;
let isHeld = false;

async function micOn() {
  try {
    await mic.turnOn();
    clearNotice('mic');
    $('mic-says').textContent = 'Your microphone is on. Headphones keep the avatar from hearing itself.';
    return true;
  } catch (error) {
    $('continuous').checked = false;
    isHeld = false;
    $('mic-says').textContent = 'Your microphone is off.';
    notice('mic', { title: error.message, text: error.remedy ?? '' });
    return false;
  }
}

async function hold(isDown) {
  if (isDown === isHeld || (isDown && $('talk').disabled)) {
    return;
  }
  isHeld = isDown;
  $('talk').classList.toggle('held', isDown);
  if (!isDown || (await micOn())) {
    mic.hold(isHeld);
  }
  $('talk').classList.toggle('held', isHeld);
}

mic.addEventListener('level', ({ detail }) => {
  const percent = Math.round(detail * 100);
  $('meter').firstElementChild.style.setProperty('--level', detail);
  $('meter').setAttribute('aria-valuenow', percent);
});
mic.addEventListener('begin', () => {
  utter('after your first sound');
  $('mic-says').textContent = 'Listening to you\u2026';
  micTurn = speech?.begin(MIC_RATE) ?? null;
});
mic.addEventListener('packet', ({ detail }) => {
  if (!utterance.since && detail.some((sample) => Math.abs(sample) > AUDIBLE)) {
    utterance.since = performance.now() - 20;
  }
  plot.sound(detail, MIC_RATE);
  micTurn?.then((turn) => turn.send(detail), () => {});
});
mic.addEventListener('end', () => {
  micTurn?.then((turn) => turn.end(), () => {});
  micTurn = null;
  $('mic-says').textContent = 'Your microphone is on.';
});
mic.addEventListener('gone', () => {
  $('continuous').checked = false;
  $('mic-says').textContent = 'Your microphone is off.';
  notice('mic', { title: 'The microphone is gone.', text: 'It was unplugged or taken back. Press the button again when it is there.' });
});

// ---------------------------------------------------------------- controls

function soundOn() {
  wantsSound = true;
  showSilenced(false);
  viewer?.play(false);
}

/** Whether the browser plays without sound, though sound is wanted, until it is touched. */
function showSilenced(isSilenced) {
  $('sound-on').hidden = !isSilenced;
  showSound();
}

function isHeard() {
  return wantsSound && $('sound-on').hidden;
}

function showSound() {
  $('mute').setAttribute('aria-pressed', String(!isHeard()));
  $('mute').querySelector('span').textContent = isHeard() ? 'Sound is on' : 'Sound is off';
  $('mute').querySelector('use').setAttribute('href', isHeard() ? '#i-loud' : '#i-mute');
}

function interrupt() {
  speech?.interrupt();
}

$('sound-on').onclick = soundOn;
$('begin').onclick = () => (key.get() || !$('state-says').textContent.includes('key') ? connect() : askForKey());
$('interrupt').onclick = interrupt;
$('mute').onclick = () => {
  if (isHeard()) {
    wantsSound = false;
    video.muted = true;
    showSound();
  } else {
    soundOn();
  }
};
$('continuous').onchange = async () => {
  if ($('continuous').checked && !(await micOn())) {
    return;
  }
  mic.listen($('continuous').checked);
};
$('talk').onpointerdown = (event) => {
  $('talk').setPointerCapture(event.pointerId);
  hold(true);
};
$('talk').onpointerup = $('talk').onpointercancel = () => hold(false);
$('talk').oncontextmenu = (event) => event.preventDefault();
$('audio-file').onchange = () => {
  if ($('audio-file').files.length) {
    sayFile($('audio-file').files[0]);
    $('audio-file').value = '';
  }
};
gallery.addEventListener('choose', connect);
$('key-dialog').onclose = () => {
  if ($('key').value) {
    key.set($('key').value.trim());
    $('key').value = '';
    start();
  }
};

const isTyping = (target) => target.closest('input:not([type=radio],[type=checkbox]), textarea, select, dialog');
const takesSpace = (target) => target.closest('button:not(#talk), input, label, a, summary');
addEventListener('keydown', (event) => {
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || $('studio').hidden) {
    return;
  }
  if (event.key === 'Escape') {
    interrupt();
  } else if (event.key === ' ' && !takesSpace(event.target)) {
    event.preventDefault();
    hold(true);
  } else if (event.key === 'm' || event.key === 'M') {
    $('mute').click();
  } else if (event.key >= '1' && event.key <= '9') {
    $('samples').children[event.key - 1]?.click();
  }
});
addEventListener('keyup', (event) => event.key === ' ' && hold(false));
addEventListener('blur', () => hold(false));

addEventListener('dragover', (event) => {
  if ([...event.dataTransfer.items].some((item) => item.kind === 'file')) {
    event.preventDefault();
    document.body.classList.add('dragging');
  }
});
addEventListener('dragleave', (event) => !event.relatedTarget && document.body.classList.remove('dragging'));
addEventListener('drop', (event) => {
  document.body.classList.remove('dragging');
  const file = event.dataTransfer.files[0];
  if (!file) {
    return;
  }
  event.preventDefault();
  if (file.type.startsWith('audio/') || file.type.startsWith('video/')) {
    sayFile(file);
  } else {
    gallery.upload(file);
  }
});

// ---------------------------------------------------------------- appearance, views, life

const THEMES = { '': 'as the system has it', light: 'light', dark: 'dark' };

function theme(name) {
  if (name) {
    document.documentElement.dataset.theme = name;
  } else {
    delete document.documentElement.dataset.theme;
  }
  localStorage.setItem('mouthpiece.theme', name);
  $('theme-says').textContent = `Appearance: ${THEMES[name]}`;
  $('theme').title = `Appearance: ${THEMES[name]}`;
  plot.draw();
}

$('theme').onclick = () => {
  const names = Object.keys(THEMES);
  theme(names[(names.indexOf(document.documentElement.dataset.theme ?? '') + 1) % names.length]);
};
theme(localStorage.getItem('mouthpiece.theme') ?? '');

function route() {
  const isOperator = location.hash.startsWith('#/operator');
  $('studio').hidden = isOperator;
  $('operator').hidden = !isOperator;
  $('nav-studio').toggleAttribute('aria-current', !isOperator);
  $('nav-operator').toggleAttribute('aria-current', isOperator);
  document.title = isOperator ? 'Mouthpiece operator' : 'Mouthpiece studio';
  showOperator(isOperator);
  if (!isOperator && !session && document.documentElement.dataset.state === undefined) {
    start();
  }
}

function start() {
  connect();
  // Where the server is gone, the connection says so, and its return starts this anew.
  Promise.all([gallery.load(), loadSamples()]).catch(() => {});
}

addEventListener('hashchange', route);
addEventListener('pagehide', () => leave(true));
addEventListener('pageshow', (event) => event.persisted && connect());
route();
