// Requests to the server of this page.

export class ApiError extends Error {
  /**
   * @param {string} message For the user.
   * @param {number} status 0 if nobody answered.
   * @param {number} [retryAfter] Seconds.
   */
  constructor(message, status, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("The server does not answer. Is it still running?", 0);
  }
  if (response.ok) return response;
  const text = await response.text();
  let message = `The server answered ${response.status}.`;
  try {
    message = JSON.parse(text).error ?? message;
  } catch {
    // Something between the page and its server: the status says enough.
  }
  const seconds = Number(response.headers.get("Retry-After"));
  throw new ApiError(message, response.status, seconds || undefined);
}

function send(path, blob, type, headers = {}) {
  return ask(path, {
    method: "POST",
    body: blob,
    headers: { "Content-Type": type, ...headers },
  });
}

export async function describeModel() {
  return (await ask("/api/model")).json();
}

/** Returns a PNG of ids. */
export async function fetchExample(number) {
  return (await ask(`/api/example?number=${number}`)).blob();
}

/** Turns a layout file into a PNG of ids. */
export async function readLayoutFile(file) {
  return (await send("/api/layout", file, "image/png")).blob();
}

/** Turns a PNG of ids into a PNG of the picture. */
export async function renderPicture(png, seed, style, classLooks) {
  const headers = {};
  if (style) headers["Semsynth-Style"] = style;
  if (classLooks) headers["Semsynth-Class-Looks"] = classLooks;
  const path = `/api/image?seed=${seed}`;
  return (await send(path, png, "image/png", headers)).blob();
}

/** Returns the style code of a photograph. */
export async function encodeStyle(file) {
  const response = await send("/api/style", file, file.type);
  return (await response.json()).style;
}
