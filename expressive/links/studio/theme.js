/** Light, dark, or as the system says; remembered on this computer. */

const NEXT = { system: "light", light: "dark", dark: "system" };
const KEY = "expressive-studio-theme";

/** @param {HTMLButtonElement} button @param {() => void} changed */
export function followTheme(button, changed) {
  const apply = (choice) => {
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.textContent = `Theme: ${choice}`;
    button.dataset.choice = choice;
    changed();
  };
  button.addEventListener("click", () => {
    const choice = NEXT[button.dataset.choice];
    localStorage.setItem(KEY, choice);
    apply(choice);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  const kept = localStorage.getItem(KEY);
  apply(kept in NEXT ? kept : "system");
}
