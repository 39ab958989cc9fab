// The avatars: which there are, which one speaks, and pictures that become new ones.

import { api, ApiError, bearer, key, reach } from './api.js';

const CHOSEN = 'mouthpiece.avatar';
const PREFERRED = 'av_stock_001';
const MEASURING = 'av_pattern';
const MAX_BYTES = 10 * 1024 * 1024;
const VERDICT_POLL_MS = 150;
const VERDICT_POLLS = 200;
const TIPS = ['the whole face in the picture, looking into the camera', 'one person, or one who is clearly the largest', 'even light; no hand, mask or microphone over the mouth', 'sharp, and the face at least as wide as a thumb: 200 pixels or more'];

/** Events: `choose` (detail: the avatar). */
export class Gallery extends EventTarget {
  #place = document.getElementById('gallery');
  #verdict = document.getElementById('verdict');
  #avatars = [];
  #urls = new Map();
  #timer = 0;
  #input;

  constructor() {
    super();
    this.#input = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/png,image/jpeg,image/webp', hidden: true, id: 'portrait-file' });
    this.#input.onchange = () => {
      if (this.#input.files.length) {
        this.upload(this.#input.files[0]);
        this.#input.value = '';
      }
    };
  }

  /** The avatar that speaks: the one chosen before, where it is still there. */
  get chosenId() {
    const id = localStorage.getItem(CHOSEN) ?? PREFERRED;
    if (!this.#avatars.length || this.#avatars.some((avatar) => avatar.id === id)) {
      return id;
    }
    return (this.#avatars.find((avatar) => avatar.id === PREFERRED) ?? this.#avatars[0]).id;
  }

  async load() {
    const list = await api('GET', '/v1/avatars?limit=100');
    this.#avatars = list.data.filter((avatar) => avatar.status === 'ready');
    // The shipped ones first, in their order; then one's own, newest first; what only measures, last.
    const rank = (avatar) => (avatar.id === MEASURING ? 2 : avatar.is_demo ? 0 : 1);
    this.#avatars.sort((a, b) => rank(a) - rank(b) || (a.is_demo ? a.id.localeCompare(b.id) : b.created_at.localeCompare(a.created_at)));
    this.#draw();
  }

  /** The address of an avatar's picture; null where it has none. */
  async picture(id) {
    if (id === MEASURING) {
      return null;
    }
    const path = `/studio/avatars/${encodeURIComponent(id)}/picture`;
    if (!key.get()) {
      return path;
    }
    if (!this.#urls.has(id)) {
      const response = await reach(path, { headers: bearer() });
      this.#urls.set(id, response.ok ? URL.createObjectURL(await response.blob()) : null);
    }
    return this.#urls.get(id);
  }

  async upload(file) {
    if (file.size > MAX_BYTES) {
      this.#judge(`${file.name} is too large`, `It has ${Math.ceil(file.size / 1048576)} MB; 10 MB is the limit. Save it smaller, for instance 1600 pixels wide as JPEG.`, []);
      return;
    }
    this.#judge(`Looking at ${file.name}\u2026`, '', null);
    const form = new FormData();
    form.append('image', file, file.name);
    form.append('name', file.name.replace(/\.[^.]*$/, '').slice(0, 80) || 'Portrait');
    try {
      let avatar = await api('POST', '/v1/avatars', { form });
      for (let i = 0; avatar.status === 'processing' && i < VERDICT_POLLS; i++) {
        await new Promise((resolve) => setTimeout(resolve, VERDICT_POLL_MS));
        avatar = await api('GET', `/v1/avatars/${avatar.id}`);
      }
      if (avatar.status === 'ready') {
        localStorage.setItem(CHOSEN, avatar.id);
        await this.load();
        this.#judge(`${avatar.name} is ready`, 'It speaks now: press a sample.', null, 'good');
        this.dispatchEvent(new CustomEvent('choose', { detail: avatar }));
      } else {
        this.#judge(`${file.name} cannot speak`, sentence(avatar.failure_reason ?? 'the server has not said why'), TIPS);
        if (avatar.status === 'failed') {
          await api('DELETE', `/v1/avatars/${avatar.id}`);
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      this.#judge(`${file.name} was not taken`, sentence(error.message), error.status >= 400 && error.status < 500 ? TIPS : []);
    }
  }

  async #remove(avatar) {
    await api('DELETE', `/v1/avatars/${avatar.id}`).catch((error) => this.#judge(`${avatar.name} stays`, sentence(error.message), []));
    const wasChosen = this.chosenId === avatar.id;
    await this.load();
    if (wasChosen) {
      this.#choose(this.#avatars.find((other) => other.id === this.chosenId));
    }
  }

  #choose(avatar) {
    localStorage.setItem(CHOSEN, avatar.id);
    // Arrow keys run through the gallery: only where they stop is a face wanted.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatchEvent(new CustomEvent('choose', { detail: avatar })), 120);
  }

  #draw() {
    const cards = this.#avatars.map((avatar) => this.#card(avatar, avatar.id === this.chosenId));
    const add = document.createElement('label');
    add.className = 'avatar add';
    add.tabIndex = 0;
    add.htmlFor = this.#input.id;
    add.innerHTML = '<svg aria-hidden="true"><use href="#i-plus"/></svg><span>Drop a portrait<br>or choose one</span>';
    add.onkeydown = (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        this.#input.click();
      }
    };
    add.setAttribute('role', 'button');
    this.#place.replaceChildren(...cards, this.#input, add);
  }

  #card(avatar, isChosen) {
    const card = document.createElement('div');
    card.className = 'avatar';
    const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'avatar', id: `pick-${avatar.id}`, value: avatar.id, checked: isChosen });
    radio.onchange = () => this.#choose(avatar);
    const label = document.createElement('label');
    label.htmlFor = radio.id;
    const picture = Object.assign(document.createElement('img'), { alt: '', loading: 'lazy', decoding: 'async', fetchPriority: 'low' });
    const inItsPlace = avatar.id === MEASURING ? { className: 'test-card' } : { textContent: avatar.name.slice(0, 1) };
    picture.onerror = () => picture.replaceWith(Object.assign(document.createElement('i'), inItsPlace));
    this.picture(avatar.id).then((url) => (url ? (picture.src = url) : picture.onerror()), () => picture.onerror());
    const name = document.createElement('span');
    name.textContent = avatar.name;
    label.append(picture, name);
    card.append(radio, label);
    if (!avatar.is_demo) {
      const remove = document.createElement('button');
      remove.type = 'button';
      remove.className = 'icon remove';
      remove.innerHTML = '<svg aria-hidden="true"><use href="#i-trash"/></svg>';
      remove.setAttribute('aria-label', `Delete ${avatar.name}`);
      remove.onclick = () => this.#remove(avatar);
      card.append(remove);
    }
    return card;
  }

  /** `tips` null: no fault. */
  #judge(title, text, tips, kind = tips === null ? 'busy' : 'bad') {
    const strong = Object.assign(document.createElement('strong'), { textContent: title });
    const words = Object.assign(document.createElement('p'), { textContent: text });
    this.#verdict.className = kind;
    this.#verdict.replaceChildren(strong, words);
    if (tips?.length) {
      const list = document.createElement('ul');
      list.append(...tips.map((tip) => Object.assign(document.createElement('li'), { textContent: tip })));
      this.#verdict.append(Object.assign(document.createElement('p'), { textContent: 'A better picture has' }), list);
    }
    this.#verdict.hidden = false;
  }
}

function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}
