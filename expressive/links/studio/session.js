/** The conversation with the server: connection, casting, and the way back after a loss. */

import { ExpressiveClient } from "./expressive-client.js";
import { byId } from "./dom.js";

const NAME = "studio";
const AUTOSAVE_MS = 5000;

/** Whether the server is on this computer. */
export const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

/** The token behind the `#` of the address, which no server and no log sees. */
export const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** The address of a file of the server, such as a recording. */
export function addressOf(path) {
  const url = new URL(path, location.href);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

/** Events: `ready` (the welcome), `cast` (the actor), `lost`, `trouble` (an error to show). */
export class Session extends EventTarget {
  constructor() {
    super();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.client = new ExpressiveClient(`${scheme}//${location.host}/v1/ws`, { token, name: "studio" });
    this.actor = null;
    this.speaking = false; // a snapshot in mid-word holds all the sound of the line: none is made then
    this._saved = null;
    this._casting = Promise.resolve();
    this.client.addEventListener("open", ({ detail }) => {
      this._tell("ready", detail);
      this.cast({ again: true });
    });
    this.client.addEventListener("lost", ({ detail }) => {
      this.actor = null;
      this._tell("lost", detail);
    });
    this.client.addEventListener("failed", ({ detail }) => this._tell("trouble", detail));
    setInterval(() => this._save(), AUTOSAVE_MS);
    document.addEventListener("visibilitychange", () => this.film());
  }

  begin() {
    return this.client.connect().catch(() => {});
  }

  /** Bring the chosen character on; `again` lets one that was lost go on from where it was. */
  cast({ again = false } = {}) {
    this._casting = this._casting.then(() => this._cast(again)); // one after the other: they share a name
    return this._casting;
  }

  async _cast(again) {
    const what = { character: byId("character").value, seed: byId("seed").valueAsNumber || 0 };
    const saved = this._saved;
    try {
      const before = this.actor;
      this.actor = null;
      await before?.close();
      const actor = await this.client.open(NAME, { ...what, ...this._format(), language: byId("language").value });
      if (again && saved?.character === what.character && saved.seed === what.seed) await actor.restore(saved.data);
      this._saved = null;
      this.actor = actor;
      this._tell("cast", actor);
    } catch (error) {
      this._tell("trouble", error);
    }
  }

  /** Change size or rate of the pictures. */
  film() {
    this.actor?.video(this._format().video).catch((error) => this._tell("trouble", error));
  }

  _format() {
    // Raw pictures cost nothing to pack, and a machine's own loopback carries them; anything else gets WebP.
    const seen = isHere ? "raw" : "webp";
    const format = document.hidden ? "none" : seen;
    const video = { size: Number(byId("size").value), fps: Number(byId("fps").value), format };
    return { video, audio: { on: true }, state_hz: 30 };
  }

  async _save() {
    const { actor } = this;
    if (!actor || document.hidden || this.speaking) return;
    const data = await actor.snapshot().catch(() => null);
    const { character, seed } = actor.opened;
    if (data && actor === this.actor) this._saved = { character, seed, data };
  }

  _tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
