// What is wrong, what to do about it, and what the page does by itself.

/** Shows a notice, or changes the one with the same name. `action`: { label, run }. */
export function notice(name, { title, text, kind = 'warn', action = null }) {
  const place = document.getElementById('notices');
  let box = place.querySelector(`[data-name="${name}"]`);
  if (!box) {
    box = document.createElement('div');
    box.dataset.name = name;
    place.append(box);
  }
  box.className = `notice ${kind}`;
  const strong = document.createElement('strong');
  strong.textContent = title;
  const words = document.createElement('span');
  words.textContent = text;
  box.replaceChildren(strong, words);
  if (action) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = action.label;
    button.onclick = action.run;
    box.append(button);
  }
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'icon close';
  close.textContent = '\u00d7';
  close.setAttribute('aria-label', `Dismiss: ${title}`);
  close.onclick = () => clearNotice(name);
  box.append(close);
}

export function clearNotice(...names) {
  for (const name of names) {
    document.querySelector(`#notices [data-name="${name}"]`)?.remove();
  }
}
