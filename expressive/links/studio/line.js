/** The line to speak: tags by a press, what was said before, and the caption under the face. */

import { byId, make } from "./dom.js";

const AROUND = ["anger", "happiness", "sadness", "fear", "disgust", "surprise", "whisper", "shout", "emphasis"];
const POINTS = ["pause 300ms", "sigh", "laugh", "gasp", "sob", "hm"];
const REMEMBERED = 20;

export class Line {
  /** @param {{say: (text: string) => Promise<number>, stop: () => void}} actions */
  constructor({ say, stop }) {
    this._text = byId("line-text");
    this._said = [];
    this._say = say;
    byId("tags").replaceChildren(
      ...AROUND.map((tag) => this._button(tag, `[${tag}]…[/]`, () => this._wrap(`[${tag}]`, "[/]"))),
      ...POINTS.map((tag) => this._button(tag.split(" ")[0], `[${tag}]`, () => this._wrap(`[${tag}] `, ""), "point")),
    );
    byId("line").addEventListener("submit", (event) => {
      event.preventDefault();
      this._speak();
    });
    this._text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this._speak();
      }
    });
    byId("stop").addEventListener("click", stop);
    byId("past").addEventListener("change", ({ target }) => {
      if (target.value) this._text.value = this._said[Number(target.value)];
      target.value = "";
      this._text.focus();
    });
  }

  _button(name, title, press, className = "") {
    return make("button", { type: "button", className: `tag ${className}`, title, onclick: press }, name);
  }

  async _speak() {
    const text = this._text.value.trim();
    if (!text) return;
    this._mistake("");
    try {
      await this._say(text);
      this._remember(text);
    } catch (error) {
      this._mistake(error.message);
    }
  }

  _mistake(message) {
    const place = byId("line-error");
    place.textContent = message;
    place.hidden = !message;
    this._text.setAttribute("aria-invalid", String(Boolean(message)));
  }

  _remember(text) {
    this._said = [text, ...this._said.filter((old) => old !== text)].slice(0, REMEMBERED);
    byId("past").replaceChildren(
      make("option", { value: "" }, "–"),
      ...this._said.map((said, i) => make("option", { value: String(i) }, said.slice(0, 60))),
    );
  }

  _wrap(before, after) {
    const { selectionStart: from, selectionEnd: to, value } = this._text;
    const inner = value.slice(from, to);
    this._text.setRangeText(before + inner + after, from, to, "end");
    if (after && !inner) this._text.setSelectionRange(from + before.length, from + before.length);
    this._text.focus();
  }
}

/** The words that are heard, the present one marked. */
export class Caption {
  constructor(root) {
    this._root = root;
    this._text = "";
  }

  begin(text) {
    this._text = text;
    this._root.textContent = text;
  }

  word({ char_start: from, char_end: to }) {
    if (!(to > from) || to > this._text.length) return;
    const parts = [this._text.slice(0, from), this._text.slice(from, to), this._text.slice(to)];
    this._root.replaceChildren(parts[0], make("mark", {}, parts[1]), parts[2]);
  }

  end() {
    this._root.textContent = "";
    this._text = "";
  }
}
