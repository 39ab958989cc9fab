// The operator's view: sessions, workers, load, avatars, as they change.

import { ApiError, api, events } from './api.js';
import { clearNotice, notice } from './notices.js';

const ACTIVE = new Set(['created', 'queued', 'starting', 'running', 'ending']);
const $ = (id) => document.getElementById(id);

let watching = null;
let last = null;
let lastAt = 0;

/** Starts or stops watching. */
export function showOperator(isShown) {
  if (!isShown) {
    watching?.abort();
    watching = null;
    clearNotice('operator');
  } else if (!watching) {
    watching = new AbortController();
    watch(watching.signal);
  }
}

async function watch(signal) {
  for (let wait = 1; !signal.aborted; wait = Math.min(10, wait * 2)) {
    try {
      for await (const overview of events('/studio/overview', signal)) {
        wait = 1;
        last = overview;
        lastAt = performance.now();
        clearNotice('operator');
        draw();
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      const isRefused = error instanceof ApiError && (error.status === 401 || error.status === 403);
      $('operator-says').textContent = isRefused ? 'The server asks for an API key: give it in the studio.' : 'Not connected.';
      if (!isRefused) {
        notice('operator', { title: 'The server does not answer.', text: 'Start it again with ./mouthpiece serve. This page goes on by itself.', kind: 'bad' });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
}

$('only-active').onchange = () => last && draw();

function draw() {
  const running = last.sessions.filter((session) => ACTIVE.has(session.status));
  const capacity = last.workers.reduce((sum, worker) => sum + worker.capacity, 0);
  const busy = last.workers.reduce((sum, worker) => sum + worker.sessions, 0);
  $('operator-says').textContent = `As of ${new Date(last.at).toLocaleTimeString()}. It changes as the server does.`;
  $('tiles').replaceChildren(
    tile('Running', String(running.length), `${last.sessions.length} ${last.sessions.length === 1 ? 'session' : 'sessions'} listed`),
    tile('Load', capacity ? `${Math.round((100 * busy) / capacity)} %` : '\u2013', `${busy} of ${capacity} places`, capacity ? busy / capacity : 0),
    tile('Workers', String(last.workers.filter((worker) => worker.state === 'ready').length), last.workers.length === 1 ? 'one machine' : `of ${last.workers.length} known`),
    tile('Avatars', String(last.avatars.filter((avatar) => avatar.status === 'ready').length), 'ready to speak'),
  );
  rows($('sessions'), $('only-active').checked ? running : last.sessions, sessionRow, 'No session yet: open the studio.');
  rows($('workers'), last.workers, workerItem, 'No worker has reported.');
  rows($('avatars'), last.avatars, avatarItem, 'No avatar.');
  age();
}

/** Ages grow between two messages. */
function age() {
  const sinceS = (performance.now() - lastAt) / 1000;
  for (const session of last.sessions) {
    const cell = $('sessions').querySelector(`[data-key="${session.id}"] .age`);
    if (cell) {
      cell.textContent = duration(session.age_seconds + (ACTIVE.has(session.status) ? sinceS : 0));
    }
  }
}

setInterval(() => watching && last && age(), 1000);

/** Changes only what has changed, so that focus and selection stay where they are. */
function rows(place, items, make, none) {
  const old = new Map([...place.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    // What grows by itself is no change.
    const signature = JSON.stringify({ ...item, age_seconds: 0, seen_seconds: 0 });
    const there = old.get(item.id);
    if (there?.dataset.signature === signature) {
      return there;
    }
    const made = make(item);
    made.dataset.key = item.id;
    made.dataset.signature = signature;
    if (there?.contains(document.activeElement)) {
      const index = [...there.querySelectorAll('button')].indexOf(document.activeElement);
      queueMicrotask(() => made.querySelectorAll('button')[index]?.focus());
    }
    return made;
  });
  if (!wanted.length) {
    const empty = document.createElement(place.tagName === 'TBODY' ? 'tr' : 'li');
    empty.className = 'none';
    empty.append(text(place.tagName === 'TBODY' ? 'td' : 'span', none));
    empty.firstChild.colSpan = 7;
    wanted.push(empty);
  }
  if (wanted.length !== place.children.length || wanted.some((child, i) => place.children[i] !== child)) {
    place.replaceChildren(...wanted);
  }
}

function sessionRow(session) {
  const row = document.createElement('tr');
  const id = text('td', '');
  const code = text('code', session.id);
  code.title = session.id;
  id.append(code);
  const state = text('td', '');
  state.append(Object.assign(text('span', session.status), { className: `state ${session.status}` }));
  const age = Object.assign(text('td', ''), { className: 'num age' });
  const actions = document.createElement('td');
  actions.className = 'actions';
  actions.append(button('Copy id', `Copy the id ${session.id}`, (self) => copy(session.id, self)));
  if (ACTIVE.has(session.status)) {
    actions.append(button('End', `End session ${session.id}`, (self) => finish(session.id, self)));
  }
  row.append(id, state, text('td', session.avatar_name), text('td', session.where), age, text('td', session.reason), actions);
  return row;
}

function workerItem(worker) {
  const item = document.createElement('li');
  const bar = Object.assign(document.createElement('progress'), { max: Math.max(1, worker.capacity), value: worker.sessions });
  bar.setAttribute('aria-label', `Load of ${worker.name}`);
  item.append(
    text('strong', worker.name),
    Object.assign(text('span', worker.state), { className: `state ${worker.state}` }),
    bar,
    text('small', `${worker.sessions} of ${worker.capacity} places${worker.device ? ` \u00b7 ${worker.device}` : ''}`),
  );
  return item;
}

function avatarItem(avatar) {
  const item = document.createElement('li');
  item.append(text('strong', avatar.name), Object.assign(text('span', avatar.status), { className: `state ${avatar.status}` }), text('small', avatar.failure_reason || avatar.id));
  return item;
}

async function finish(id, self) {
  self.disabled = true;
  try {
    await api('POST', `/v1/sessions/${id}/end`);
  } catch (error) {
    self.disabled = false;
    notice('operator', { title: 'The session was not ended.', text: `${error.message}.` });
  }
}

async function copy(id, self) {
  try {
    await navigator.clipboard.writeText(id);
    self.textContent = 'Copied';
  } catch {
    // Plain http from another machine has no clipboard: the id is selected, to be copied by hand.
    getSelection().selectAllChildren(self.closest('tr').querySelector('code'));
    self.textContent = 'Selected';
  }
  setTimeout(() => (self.textContent = 'Copy id'), 1500);
}

function tile(title, value, says, load = null) {
  const box = document.createElement('div');
  box.className = 'tile';
  box.append(text('h2', title), Object.assign(text('p', value), { className: 'value' }), text('small', says));
  if (load !== null) {
    const bar = Object.assign(document.createElement('progress'), { max: 1, value: load });
    bar.setAttribute('aria-label', title);
    box.append(bar);
  }
  return box;
}

function button(label, says, run) {
  const made = Object.assign(text('button', label), { type: 'button' });
  made.setAttribute('aria-label', says);
  made.onclick = () => run(made);
  return made;
}

function text(tag, content) {
  const made = document.createElement(tag);
  made.textContent = content ?? '';
  return made;
}

function duration(seconds) {
  if (seconds < 60) {
    return `${Math.round(seconds)} s`;
  }
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
