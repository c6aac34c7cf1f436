/**
 * A client of `expressive serve` for browsers and other hosts with WebSocket; it depends on nothing.
 *
 *     const client = new ExpressiveClient("ws://127.0.0.1:8765/v1/ws");
 *     const welcome = await client.connect();
 *     const guard = await client.open("guard", { character: "guard", seed: 7 });
 *     guard.addEventListener("picture", ({ detail }) => draw(detail));
 *     guard.trigger("insulted", { intensity: 0.8, source: "player" });
 *     await guard.say("Get away from [anger]my[/] gate!");
 *
 * Messages and their units: docs/serve.md, version 1 of the protocol.
 */

export const PROTOCOL_VERSION = 1;
export const HEADER_BYTES = 24;
const MAX_ID = 4294967295;
const RETRY_S = [0.5, 1, 2, 4];
const FORMATS = { 1: ["raw", "webp", "jpeg"], 2: ["float32", "int16"] };

/** What the server refused; `code` is one of the protocol's. */
export class ExpressiveError extends Error {
  constructor(message, code, closing = false) {
    super(message);
    this.name = "ExpressiveError";
    this.code = code;
    this.closing = closing;
  }
}

/**
 * Take a binary message apart.
 *
 * @param {ArrayBuffer} buffer
 * @returns {{kind: "picture"|"sound", format: string, number: number, applied: number, t_s: number}} a picture has also
 *   `width`, `height`, `sequence` and `data` (Uint8Array), a sound `sample_rate`, `line` and `samples` (Float32Array)
 */
export function parseBinary(buffer) {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new ExpressiveError(`a binary message of ${buffer.byteLength} bytes is shorter than its header`, "binary");
  }
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const format = FORMATS[kind]?.[view.getUint8(1)];
  if (!format) throw new ExpressiveError(`binary messages of kind ${kind} are unknown`, "binary");
  const [number, applied, t_s] = [view.getUint16(2, true), view.getUint32(4, true), view.getFloat64(8, true)];
  const head = { format, number, applied, t_s };
  if (kind === 1) {
    const [width, height] = [view.getUint16(16, true), view.getUint16(18, true)];
    const data = new Uint8Array(buffer, HEADER_BYTES);
    return { kind: "picture", ...head, width, height, sequence: view.getUint32(20, true), data };
  }
  const [sample_rate, line] = [view.getUint32(16, true), view.getUint32(20, true)];
  return { kind: "sound", ...head, sample_rate, line, samples: samplesOf(buffer, format) };
}

function samplesOf(buffer, format) {
  if (format === "float32") return new Float32Array(buffer, HEADER_BYTES);
  return Float32Array.from(new Int16Array(buffer, HEADER_BYTES), (step) => step / 32768);
}

/**
 * One connection; it comes back by itself when it is lost.
 *
 * Events: `open` (detail: the welcome), `lost` (detail: {reason, code, retry_s}), `failed` (an error that belongs to no
 * request). Actors are gone when a connection is: open them again on `open`.
 */
export class ExpressiveClient extends EventTarget {
  /**
   * @param {string} url of the WebSocket
   * @param {{token?: string, name?: string, reconnect?: boolean}} [options] `name` is for the server's log
   */
  constructor(url, { token = "", name = "expressive-client.js", reconnect = true } = {}) {
    super();
    this.url = url;
    this.welcome = null;
    this._hello = { type: "hello", version: PROTOCOL_VERSION, client: name, token };
    this._reconnect = reconnect;
    this._id = 0;
    this._tries = 0;
    this._waiting = new Map();
    this._actors = new Map();
    this._numbers = new Map();
    this._timer = null;
    this._socket = null;
  }

  /** Connect; resolves with the server's welcome, and rejects if the first try fails. */
  connect() {
    clearTimeout(this._timer);
    this._wanted = true;
    const before = this._socket;
    this._socket = null;
    before?.close();
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url);
      socket.binaryType = "arraybuffer";
      this._socket = socket;
      socket.onopen = () => {
        this.request(this._hello).then((welcome) => {
          this._tries = 0;
          this.welcome = welcome;
          this._tell("open", welcome);
          resolve(welcome);
        }, reject);
      };
      socket.onmessage = ({ data }) => (typeof data === "string" ? this._text(data) : this._binary(data));
      socket.onclose = ({ code, reason }) => {
        if (this._socket === socket) this._lost(code, reason);
        reject(new ExpressiveError(reason || `no connection to ${this.url}`, "lost"));
      };
    });
  }

  /** Whether messages can be sent. */
  get connected() {
    return this._socket?.readyState === WebSocket.OPEN;
  }

  /** Send a message and forget it; returns its id, with which pictures are marked once it has been applied. */
  send(message) {
    if (!this.connected) return 0;
    this._id = (this._id % MAX_ID) + 1;
    this._socket.send(JSON.stringify({ ...message, id: this._id }));
    return this._id;
  }

  /** Send a message; resolves with its answer, rejects with an ExpressiveError. */
  request(message) {
    const id = this.send(message);
    if (!id) return Promise.reject(new ExpressiveError("there is no connection", "lost"));
    return new Promise((resolve, reject) => this._waiting.set(id, { resolve, reject }));
  }

  /**
   * Bring a character to life.
   *
   * @param {string} name for this connection
   * @param {object} what `character`, and as the protocol says `seed`, `language`, `video`, `audio`, `state_hz`
   * @returns {Promise<RemoteActor>}
   */
  async open(name, what) {
    const actor = new RemoteActor(this, name);
    this._actors.set(name, actor);
    try {
      actor.opened = await this.request({ type: "open", actor: name, ...what });
    } catch (error) {
      if (this._actors.get(name) === actor) this._actors.delete(name);
      throw error;
    }
    this._numbers.set(actor.opened.number, actor);
    return actor;
  }

  /** End the connection for good. */
  close() {
    this._wanted = false;
    clearTimeout(this._timer);
    this._socket?.close();
  }

  _text(data) {
    const message = JSON.parse(data);
    const waiting = this._waiting.get(message.id);
    this._waiting.delete(message.id);
    if (message.type === "error") {
      const error = new ExpressiveError(message.message, message.code, message.closing);
      if (waiting) waiting.reject(error);
      else this._tell("failed", error);
    } else if (message.type === "state" || message.type === "event") {
      this._actors.get(message.actor)?.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    } else {
      // What opens an actor is known by its number before the first picture arrives.
      if (message.type === "opened") this._numbers.set(message.number, this._actors.get(message.actor));
      waiting?.resolve(message);
    }
  }

  _binary(buffer) {
    const { kind, ...rest } = parseBinary(buffer);
    this._numbers.get(rest.number)?.dispatchEvent(new CustomEvent(kind, { detail: rest }));
  }

  _lost(code, reason) {
    const error = new ExpressiveError("the connection was lost", "lost");
    for (const { reject } of this._waiting.values()) reject(error);
    this._waiting.clear();
    this._actors.clear();
    this._numbers.clear();
    if (!this._wanted) return;
    const final = !this._reconnect || code === 4401;
    const retry_s = final ? null : RETRY_S[Math.min(this._tries++, RETRY_S.length - 1)];
    this._tell("lost", { code, reason, retry_s });
    if (!final) this._timer = setTimeout(() => this.connect().catch(() => {}), 1000 * retry_s);
  }

  _tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * A character on the server. Events: `state`, `event`, `picture`, `sound`, each with the message as `detail`.
 *
 * What steers returns the message's id at once; what asks returns a promise.
 */
export class RemoteActor extends EventTarget {
  constructor(client, name) {
    super();
    this.client = client;
    this.name = name;
    this.opened = null;
  }

  send(type, fields = {}) {
    return this.client.send({ type, actor: this.name, ...fields });
  }

  request(type, fields = {}) {
    return this.client.request({ type, actor: this.name, ...fields });
  }

  /** Steer an emotion to an intensity; 0 ≤ hold_s seconds pass before it fades. */
  feel(emotion, intensity, { hold_s = 0 } = {}) {
    return this.send("feel", { emotion, intensity, hold_s });
  }

  pad(valence, arousal, { dominance = null, hold_s = 0 } = {}) {
    return this.send("pad", { valence, arousal, dominance, hold_s });
  }

  trigger(event, { intensity = 1, source = null } = {}) {
    return this.send("trigger", { event, intensity, source });
  }

  mask(emotion, amount) {
    return this.send("mask", { emotion, amount });
  }

  release() {
    return this.send("release");
  }

  look(x, y) {
    return this.send("look", { x, y });
  }

  gesture(name) {
    return this.send("gesture", { name });
  }

  listen(on) {
    return this.send("listen", { on });
  }

  stop() {
    return this.send("stop");
  }

  /** Speak; resolves with the line's number, rejects when a tag is wrong. */
  async say(text, { interrupt = false } = {}) {
    return (await this.request("say", { text, interrupt })).line;
  }

  /** The causes of an emotion, what remains most first. */
  async why(emotion) {
    return (await this.request("why", { emotion })).causes;
  }

  async snapshot() {
    return (await this.request("snapshot")).data;
  }

  restore(data) {
    return this.request("restore", { data });
  }

  /** Begin or end a recording; what ends it resolves with {url, bytes, duration_s}. */
  record(on) {
    return this.request("record", { on });
  }

  language(language) {
    return this.request("language", { language });
  }

  video(options) {
    return this.request("video", options);
  }

  audio(options) {
    return this.request("audio", options);
  }

  states(hz) {
    return this.request("states", { hz });
  }

  async close() {
    await this.request("close");
    this.client._actors.delete(this.name);
  }
}
