/** Small helpers for building the page. */

/** Make an element: attributes that are properties are set as such, `on…` are listeners, children are appended. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** `apologised_to` → `apologised to`. */
export const words = (name) => name.replaceAll("_", " ");

export const percent = (x) => `${Math.round(100 * x)} %`;

export const signed = (x) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(2);

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

/** Set text only where it differs, so that screen readers and layout are left in peace. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set a custom property where it differs: the same value again would be styled and painted again. */
export function dye(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** Fit a canvas to its place on the screen, and give its context in CSS pixels. */
export function fitted(canvas) {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

/** Call at most once for each picture of the screen, with the latest arguments. */
export function perFrame(callback) {
  let latest = null;
  return (...args) => {
    if (latest === null) {
      requestAnimationFrame(() => {
        const now = latest;
        latest = null;
        callback(...now);
      });
    }
    latest = args;
  };
}
