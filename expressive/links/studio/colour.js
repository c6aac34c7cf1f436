/** Colours of feelings: one hue for each emotion, mixed in OKLab (B. Ottosson, 2020) by nearness on the pad. */

const HUES = {
  happiness: 92, sadness: 255, anger: 27, fear: 302, disgust: 132, surprise: 70, contempt: 112, boredom: 230,
  tenderness: 5, pride: 50, shame: 335, relief: 178, hope: 154, pity: 280, admiration: 205,
};
const SPREAD = 0.3;

/** Whether the page is dark at present. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A line or dot of an emotion, legible on either ground. */
export function inkOf(emotion) {
  const hue = HUES[emotion] ?? 0;
  return cssOf(lch(isDark() ? 0.76 : 0.53, emotion === "boredom" ? 0.05 : 0.15, hue));
}

/**
 * The colour of a place on the pad: that of the emotions around it, greyer towards the middle.
 *
 * @param {Object<string, number[]>} places emotion → [valence, arousal, dominance]
 * @param {number} lightness of OKLab, 0 to 1
 * @param {number} chroma at the edge
 * @returns {number[]} sRGB, 0 to 255
 */
export function colourAt(valence, arousal, places, lightness, chroma) {
  let [a, b, total] = [0, 0, 1e-6];
  for (const [emotion, [v, o]] of Object.entries(places)) {
    const weight = Math.exp(-((v - valence) ** 2 + (o - arousal) ** 2) / (2 * SPREAD * SPREAD));
    const angle = ((HUES[emotion] ?? 0) * Math.PI) / 180;
    a += weight * Math.cos(angle);
    b += weight * Math.sin(angle);
    total += weight;
  }
  const reach = chroma * Math.min(1, Math.hypot(valence, arousal) * 1.5);
  return srgb(lightness, (reach * a) / total, (reach * b) / total);
}

/** The colour of several feelings at once: their hues by strength, greyer the weaker they are. */
export function colourOf(intensities, lightness, chroma) {
  let [a, b, total, most] = [0, 0, 1e-6, 0];
  for (const [emotion, intensity] of Object.entries(intensities)) {
    const weight = intensity * intensity; // the strongest tells
    const angle = ((HUES[emotion] ?? 0) * Math.PI) / 180;
    a += weight * Math.cos(angle);
    b += weight * Math.sin(angle);
    total += weight;
    most = Math.max(most, intensity);
  }
  const reach = (chroma * Math.min(1, 1.6 * most)) / total;
  return srgb(lightness, reach * a, reach * b);
}

export function cssOf([r, g, b]) {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}

function lch(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  return srgb(lightness, chroma * Math.cos(angle), chroma * Math.sin(angle));
}

function srgb(lightness, a, b) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => 255 * Math.min(1, Math.max(0, x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055)));
}
