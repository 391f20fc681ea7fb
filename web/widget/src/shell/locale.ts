/** What a locale says about a page. Small, because the loader has it too. */

const RIGHT_TO_LEFT = new Set(["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

export function directionOf(locale: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(languageOf(locale)) ? "rtl" : "ltr";
}

/** The locale, if Intl can make sense of it, otherwise English: a wrong attribute breaks nothing. */
export function validLocale(locale: string | null | undefined): string {
  try {
    return Intl.getCanonicalLocales(locale ?? "en")[0] ?? "en";
  } catch {
    // A RangeError: it is no locale.
    return "en";
  }
}

export function languageOf(locale: string): string {
  return locale.split("-")[0]?.toLowerCase() ?? "en";
}
