// Calls to the server's own API, and what can go wrong with them.

const KEY = 'mouthpiece.key';

/** The API key of this tab, if the server asks for one. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  set: (value) => sessionStorage.setItem(KEY, value),
};

/** A call that failed: `status` 0 means that the server could not be reached at all. */
export class ApiError extends Error {
  constructor(status, message, { code = '', retryAfterS = 0 } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export function bearer(token = key.get()) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Calls the API; returns the parsed answer, null where there is none. */
export async function api(method, path, { json, form, keepalive = false, signal } = {}) {
  const headers = bearer();
  let body = form;
  if (json !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(json);
  }
  const response = await reach(path, { method, headers, body, keepalive, signal });
  if (!response.ok) {
    throw await failure(response);
  }
  return response.status === 204 ? null : response.json();
}

/** `fetch` whose network errors are ApiErrors too. */
export async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (cause) {
    if (cause.name === 'AbortError') {
      throw cause;
    }
    throw new ApiError(0, 'the server cannot be reached');
  }
}

export async function failure(response) {
  const text = await response.text().catch(() => '');
  let message = text.trim();
  let code = '';
  try {
    const error = JSON.parse(text).error ?? {};
    message = error.message ?? message;
    code = error.code ?? '';
  } catch {
    // Signalling answers in plain text.
  }
  return new ApiError(response.status, message || `the server answered ${response.status}`, {
    code,
    retryAfterS: Number(response.headers.get('Retry-After')) || 0,
  });
}

/** Reads server-sent events until the stream ends; EventSource itself can send no key. */
export async function* events(path, signal) {
  const response = await reach(path, { headers: { Accept: 'text/event-stream', ...bearer() }, signal });
  if (!response.ok) {
    throw await failure(response);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    rest += value;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const data = rest.slice(0, end).split('\n').filter((line) => line.startsWith('data:'));
      rest = rest.slice(end + 2);
      if (data.length) {
        yield JSON.parse(data.map((line) => line.slice(5)).join('\n'));
      }
    }
  }
}
