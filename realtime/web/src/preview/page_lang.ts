/** The language the page came in, read before the words' module sets its own. Import before core/i18n. */

import type { Lang } from "../core/frames";

export const pageLang: Lang = document.documentElement.lang === "en" ? "en" : "vi";
