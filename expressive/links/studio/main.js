/** The studio: puts the parts of the page together with the character on the server. */

import { colourOf, cssOf, isDark } from "./colour.js";
import { Controls } from "./controls.js";
import { byId, dye, make, words, write } from "./dom.js";
import { Caption, Line } from "./line.js";
import { Meters } from "./meters.js";
import { Pad } from "./pad.js";
import { Picture } from "./picture.js";
import { Recorder } from "./record.js";
import { addressOf, isHere, Session } from "./session.js";
import { Sliders } from "./sliders.js";
import { RemoteClock, Sound } from "./sound.js";
import { followTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { buildInside, showInside, Why } from "./why.js";

const LASTING_S = 86400;
const JOURNAL = 200;
const FIRST = "guard";
const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

const session = new Session();
const clock = new RemoteClock();
const sound = new Sound();
const picture = new Picture(byId("picture"));
const meters = new Meters();
const caption = new Caption(byId("caption"));
const timeline = new Timeline(byId("timeline"));
const controls = new Controls(byId("controls"));
const why = new Why(byId("why"), byId("why-emotion"));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const holdOf = (lasting) => (lasting ? LASTING_S : Number(byId("hold").value));
const pad = new Pad(byId("pad"), byId("pad-field"), (valence, arousal, lasting, at_ms) => {
  meters.asked(session.actor?.pad(valence, arousal, { hold_s: holdOf(lasting) }), at_ms);
});
const sliders = new Sliders(byId("sliders"), (emotion, intensity, lasting, at_ms) => {
  meters.asked(session.actor?.feel(emotion, intensity, { hold_s: holdOf(lasting) }), at_ms);
});
const recorder = new Recorder((on) => present().record(on), addressOf, (error) => trouble(error));
new Line({ say: (text) => speak(text), stop: () => hush() });

let now = { t_s: 0, felt: {}, shown: {}, vad: [0, 0, 0] };
let moment = null;
let own = {}; // the language of each character
const masks = new Map(); // emotion → how much of it is hidden

// ---- the server ----------------------------------------------------------------------------------------------------

session.addEventListener("ready", ({ detail: welcome }) => {
  announce(null);
  const where = isHere ? "; nothing leaves this computer" : "";
  write(byId("notice"), `${welcome.notice}. Feelings here are numbers${where}.`);
  fill(byId("character"), welcome.characters.map(({ name, title }) => [name, title || name]), FIRST);
  fill(byId("language"), [["", "its own"], ...welcome.languages.map((tag) => [tag, languageName(tag)])]);
  fill(byId("mask-emotion"), welcome.emotions.map((name) => [name, words(name)]));
  fill(byId("look"), [["", "freely"], ...Object.keys(welcome.directions).map((name) => [name, words(name)])]);
  byId("look").directions = welcome.directions;
  own = Object.fromEntries(welcome.characters.map(({ name, language }) => [name, language]));
  const gesture = (name) => make("button", { type: "button", onclick: () => session.actor?.gesture(name) }, name);
  byId("gestures").replaceChildren(...welcome.gestures.map(gesture));
  pad.places = welcome.vad;
  sliders.emotions = why.emotions = timeline.emotions = welcome.emotions;
  controls.build(welcome.control_names, welcome.control_low, welcome.control_high);
});

session.addEventListener("cast", ({ detail: actor }) => {
  const { title, description, states, events, own_events, sample_rate } = actor.opened;
  document.body.classList.remove("away");
  document.title = `${title} – Expressive studio`;
  write(byId("who"), title);
  write(byId("about"), description);
  byId("picture").setAttribute("aria-label", `The face of ${title}`);
  byId("language").options[0].textContent = `its own: ${languageName(own[actor.opened.character])}`;
  masks.clear();
  byId("mask-amount").value = 0;
  byId("return").disabled = moment?.character !== actor.opened.character;
  buildInside(states);
  eventButtons(events, own_events);
  picture.clear();
  timeline.clear();
  meters.reset();
  caption.end();
  recorder.forget();
  sound.flush();
  sound.start(sample_rate).catch((error) => trouble(error));
  actor.addEventListener("state", ({ detail }) => follow(detail));
  actor.addEventListener("event", ({ detail }) => happened(detail));
  actor.addEventListener("picture", ({ detail }) => picture.push(detail));
  actor.addEventListener("sound", ({ detail }) => sound.push(detail, clock));
  note(`${title} is here.`);
});

session.addEventListener("lost", ({ detail: { code, reason, retry_s } }) => {
  document.body.classList.add("away");
  recorder.forget();
  sound.flush();
  caption.end();
  if (code === 4401) {
    announce("The server wants its token: open the address that it printed, which ends in #token=….");
  } else if (retry_s === null) {
    announce(`The connection has ended. ${reason}`);
  } else {
    const because = reason ? ` (${reason})` : "";
    const advice = "Is “expressive studio” still running? Trying again …";
    announce(`The connection to the server is lost${because}. ${advice}`, () => session.begin());
  }
});

session.addEventListener("trouble", ({ detail }) => trouble(detail));

function trouble(error) {
  if (error.code !== "lost") announce(error.message);
}

function follow(state) {
  clock.saw(state.t_s);
  now = state;
  pad.show(state.vad, state.shown_vad, state.t_s);
  sliders.show(state.felt, state.shown);
  why.feel(state.felt);
  timeline.push(state.t_s, state.felt, state.state);
  showInside(state);
  light(state.shown);
  session.speaking = state.speaking !== null || state.waiting > 0;
  byId("stop").disabled = !session.speaking;
  if (byId("controls-details").open) controls.show(state.controls);
}

function happened(event) {
  switch (event.kind) {
    case "line_started":
      caption.begin(event.text);
      timeline.mark(event.t_s, "line", event.text);
      note(`says: ${event.text}`, event.t_s);
      break;
    case "word":
      caption.word(event);
      timeline.mark(event.t_s, "word", event.text);
      break;
    case "line_ended":
      caption.end();
      if (event.cut) sound.flush();
      if (event.error) announce(event.error);
      break;
    case "state_changed":
      note(`${words(event.from)} → ${words(event.to)}`, event.t_s, `is now ${words(event.to)}`);
      break;
    case "recording_stopped":
      recorder.ended(event.url);
      note(`the recording has ended: ${event.reason}`, event.t_s);
      break;
    case "closed":
      announce(`The character is gone: ${event.reason}`);
      break;
    default: // newer servers may tell more
  }
}

// ---- the person ----------------------------------------------------------------------------------------------------

function present() {
  if (!session.actor) throw new Error("Nobody is on the stage: there is no connection to the server.");
  return session.actor;
}

async function speak(text) {
  if (wanted) sound.resume();
  return present().say(text, { interrupt: true });
}

function hush() {
  session.actor?.stop();
  sound.flush();
}

function eventButtons(events, own) {
  const button = (name) => {
    const press = ({ timeStamp }) => {
      if (!session.actor) return;
      const [intensity, source] = [byId("strength").valueAsNumber, byId("source").value.trim() || null];
      meters.asked(session.actor.trigger(name, { intensity, source }), timeStamp);
      timeline.mark(now.t_s, "event", words(name));
      note(`${words(name)}${source ? ` by ${source}` : ""} (${intensity.toFixed(2)})`, now.t_s);
    };
    const className = own.includes(name) ? "own" : "";
    return make("button", { type: "button", className, "data-event": name, onclick: press }, words(name));
  };
  byId("events").replaceChildren(...own.map(button), ...events.filter((name) => !own.includes(name)).map(button));
}

for (const id of ["character", "seed"]) byId(id).addEventListener("change", () => session.cast());
for (const id of ["size", "fps"]) byId(id).addEventListener("change", () => session.film());
byId("casting").addEventListener("submit", (event) => event.preventDefault());
byId("language").addEventListener("change", ({ target }) => {
  session.actor?.language(target.value || own[session.actor.opened.character]).catch(trouble);
});
byId("release").addEventListener("click", ({ timeStamp }) => letGo(timeStamp));
byId("reset").addEventListener("click", ({ timeStamp }) => {
  letGo(timeStamp);
  for (const emotion of Object.keys(now.felt)) meters.asked(session.actor?.feel(emotion, 0), timeStamp);
});
function letGo(at_ms) {
  meters.asked(session.actor?.release(), at_ms);
  masks.clear();
  byId("mask-amount").value = 0;
  byId("look").value = "";
}
byId("mask-amount").addEventListener("input", ({ target }) => {
  masks.set(byId("mask-emotion").value, target.valueAsNumber);
  session.actor?.mask(byId("mask-emotion").value, target.valueAsNumber);
});
byId("mask-emotion").addEventListener("change", ({ target }) => {
  byId("mask-amount").value = masks.get(target.value) ?? 0;
});
byId("look").addEventListener("change", ({ target }) => {
  session.actor?.look(...(target.directions[target.value] ?? [null, null]));
});
byId("listen").addEventListener("change", ({ target }) => session.actor?.listen(target.checked));
byId("keep").addEventListener("click", async () => {
  try {
    const actor = present();
    moment = { character: actor.opened.character, data: await actor.snapshot() };
    byId("return").disabled = false;
    note("this moment is kept");
  } catch (error) {
    trouble(error);
  }
});
byId("return").addEventListener("click", () => {
  session.actor?.restore(moment.data).then(() => note("back at the kept moment"), trouble);
});
byId("why-emotion").addEventListener("change", () => ask());

// Browsers let sound out only after the person has done something.
let wanted = true;
for (const gesture of ["pointerdown", "keydown"]) {
  addEventListener(gesture, ({ target }) => wanted && target !== byId("sound") && sound.resume(), { capture: true });
}
byId("sound").addEventListener("click", () => {
  wanted = !sound.on;
  if (wanted) sound.resume();
  else sound.suspend();
});
sound.onchange = () => write(byId("sound"), sound.on ? "Sound: on" : wanted ? "Sound: press any key" : "Sound: off");
byId("volume").addEventListener("input", ({ target }) => (sound.volume = target.valueAsNumber));

followTheme(byId("theme"), () => {
  for (const part of [pad, sliders, timeline]) part.repaint();
  light(now.shown);
});

// ---- what goes on by itself ----------------------------------------------------------------------------------------

/** Light the stage in the colours of what is shown. */
function light(shown) {
  const [lightness, chroma] = isDark() ? [0.55, 0.2] : [0.8, 0.15];
  dye(byId("light"), "--mood", cssOf(colourOf(shown, lightness, chroma)));
}

function draw() {
  const heard_s = sound.heard_s;
  const shown = picture.present(heard_s);
  if (shown) meters.shown(shown, heard_s);
  dye(byId("light"), "--voice", calm.matches ? "0" : Math.min(1, 3 * sound.level).toFixed(1));
  requestAnimationFrame(draw);
}

function ask() {
  why.refresh((emotion) => session.actor?.why(emotion) ?? [], now.t_s).catch(trouble);
}

setInterval(() => {
  meters.show(picture.count, sound);
  byId("level").value = sound.level;
}, 500);
setInterval(ask, 1000);
setInterval(() => byId("timeline").setAttribute("aria-label", timeline.describe()), 5000);

/** Write into the journal, and tell those who listen to the page; `spoken` where that is said in other words. */
function note(text, t_s = now.t_s, spoken = text) {
  const journal = byId("journal");
  journal.prepend(make("li", {}, make("span", { className: "number" }, `${t_s.toFixed(1)} s`), ` ${text}`));
  while (journal.children.length > JOURNAL) journal.lastChild.remove();
  byId("live").append(make("p", {}, spoken));
  while (byId("live").children.length > 8) byId("live").firstChild.remove();
}

/** Show a message above the page; null takes it away. */
function announce(message, retry) {
  const place = byId("connection");
  place.hidden = !message;
  if (!message) return;
  place.replaceChildren(make("p", {}, message));
  if (retry) place.append(make("button", { type: "button", onclick: retry }, "Try now"));
  else place.append(make("button", { type: "button", onclick: () => announce(null) }, "Close"));
}

/** What a language is called; some of the voice's tags are its own. */
function languageName(tag) {
  try {
    return LANGUAGES.of(tag);
  } catch {
    return tag;
  }
}

/** Put choices into a select; what was chosen stays chosen. */
function fill(select, choices, first = "") {
  const chosen = select.value || first;
  select.replaceChildren(...choices.map(([value, text]) => make("option", { value }, text)));
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}

draw();
session.begin();
