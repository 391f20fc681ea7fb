/** Light, dark, or as the system has it: one choice for all pages of the demo. */

export type Appearance = "auto" | "light" | "dark";

const KEY = "parley-demo-appearance";
const CHOICES: readonly Appearance[] = ["auto", "light", "dark"];

/** Fill the page's switch, follow it, and say what was chosen, at first and whenever it changes. */
export function followAppearance(changed?: (appearance: Appearance) => void): void {
  const select = document.querySelector<HTMLSelectElement>("[data-appearance]");
  const apply = (): void => {
    const appearance = chosen();
    document.documentElement.dataset.theme = appearance;
    if (select) select.value = appearance;
    changed?.(appearance);
  };
  select?.append(...CHOICES.map((choice) => new Option(labelOf(choice), choice)));
  select?.addEventListener("change", () => {
    localStorage.setItem(KEY, select.value);
    apply();
  });
  // Another frame or tab has chosen.
  addEventListener("storage", (event) => {
    if (event.key === KEY) apply();
  });
  apply();
}

function chosen(): Appearance {
  const stored = localStorage.getItem(KEY);
  return CHOICES.find((choice) => choice === stored) ?? "auto";
}

function labelOf(choice: Appearance): string {
  return { auto: "Auto", light: "Light", dark: "Dark" }[choice];
}
