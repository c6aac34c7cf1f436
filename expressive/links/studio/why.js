/** The reasons of a feeling, in words, asked anew every second. */

import { byId, dye, make, signed, words, write } from "./dom.js";

const SHOWN = 3;

export class Why {
  /** @param {HTMLElement} root @param {HTMLSelectElement} choice of an emotion; empty: the strongest */
  constructor(root, choice) {
    this._root = root;
    this._choice = choice;
    this._strongest = "";
    this._last = "";
  }

  set emotions(names) {
    this._choice.replaceChildren(
      make("option", { value: "" }, "the strongest"),
      ...names.map((name) => make("option", { value: name }, words(name))),
    );
  }

  /** What is felt now, by name. */
  feel(felt) {
    const [name, level] = Object.entries(felt).sort((x, y) => y[1] - x[1])[0] ?? ["", 0];
    this._strongest = level > 0.02 ? name : "";
  }

  /** Ask and show; `ask` is given an emotion and answers with its causes. */
  async refresh(ask, now_s) {
    const emotion = this._choice.value || this._strongest;
    const causes = emotion ? await ask(emotion) : [];
    const lines = causes.slice(0, SHOWN).map((cause) => this._line(cause, now_s));
    const text = JSON.stringify([emotion, lines]);
    if (text === this._last) return;
    this._last = text;
    const title = emotion ? words(emotion) : "nothing in particular";
    const more = causes.length > SHOWN ? `and ${causes.length - SHOWN} more` : "";
    const rest = emotion && !lines.length ? "No reason: it is not felt now." : more;
    this._root.replaceChildren(
      make("p", { className: "what" }, "Feels ", make("strong", {}, title), lines.length ? ", because:" : "."),
      make("ol", {}, ...lines.map((line) => this._item(line))),
      ...(rest ? [make("p", { className: "hint" }, rest)] : []),
    );
  }

  _line({ event, source, goal, time_s, amount, remaining, numbers }, now_s) {
    const by = source ? ` by ${source}` : "";
    const about = goal ? `, which touches ${words(goal)}` : "";
    const what = event === "feel" ? "steered by hand" : `${words(event)}${by}${about}`;
    const factors = Object.entries(numbers ?? {}).map(([name, x]) => `${words(name)} ${x.toFixed(2)}`);
    const ago = `${Math.max(0, Math.round(now_s - time_s))} s ago`;
    const because = factors.length ? ` (${factors.join(", ")})` : "";
    const told = `gave ${signed(amount)}, ${ago}; ${remaining.toFixed(2)} is left${because}`;
    return { what, share: remaining, told };
  }

  _item({ what, share, told }) {
    const fill = make("span", { className: "fill" });
    fill.style.setProperty("--size", Math.min(1, share).toFixed(3));
    return make(
      "li",
      {},
      make("strong", {}, what),
      make("span", { className: "bar" }, fill),
      make("span", { className: "hint" }, told),
    );
  }
}

/** Mood, state and its neighbours. */
export function showInside({ state, mood }) {
  write(byId("state"), words(state));
  write(byId("octant"), mood.octant);
  for (const item of byId("states").children) {
    const here = item.dataset.state === state;
    if (here) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
  for (const axis of ["pleasure", "arousal", "dominance"]) {
    const row = byId("mood").querySelector(`[data-axis=${axis}]`);
    const value = mood[axis];
    dye(row, "--from", ((Math.min(0, value) + 1) / 2).toFixed(3));
    dye(row, "--size", (Math.abs(value) / 2).toFixed(3));
    write(row.querySelector("dd").lastChild, signed(value));
  }
}

/** Lay out the states of a character, and the three axes of mood. */
export function buildInside(states) {
  byId("states").replaceChildren(...states.map((name) => make("li", { "data-state": name }, words(name))));
  const axis = (name) => {
    const bar = make("span", { className: "bar middle" }, make("span", { className: "fill" }));
    return make("div", { "data-axis": name }, make("dt", {}, name), make("dd", {}, bar, "0"));
  };
  byId("mood").replaceChildren(...["pleasure", "arousal", "dominance"].map(axis));
}
