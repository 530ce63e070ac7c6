/** The personal code, shown once: to copy, to save as a picture, to print. It leads back in on any device. */

import { useState } from "preact/hooks";
import { Heading } from "../core/parts";
import { t } from "../core/i18n";
import { contest, freshCode, keepFreshCode, me } from "./me";
import { Screen } from "./parts";
import { go, slug } from "./place";

/** In two groups of five: easier to read out and to type. */
export function grouped(code: string): string {
  return code.slice(0, 5) + (code.length > 5 ? "-" + code.slice(5) : "");
}

function copy(text: string): Promise<boolean> {
  const modern = navigator.clipboard;
  if (modern && modern.writeText) {
    return modern.writeText(text).then(
      () => true,
      () => copyOld(text),
    );
  }
  return Promise.resolve(copyOld(text));
}

// Clipboards need https; a platform in a hall's own network has none.
function copyOld(text: string): boolean {
  const box = document.createElement("textarea");
  box.value = text;
  box.setAttribute("readonly", "");
  box.style.position = "fixed";
  box.style.opacity = "0";
  document.body.appendChild(box);
  box.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch (_) {
    // Nothing more to try: the code is on the screen.
  }
  document.body.removeChild(box);
  return done;
}

/** A card of 1000 × 560 pixels with the code, handed over as a file. False where pictures cannot be drawn. */
function savePicture(code: string, name: string, title: string): boolean {
  const canvas = document.createElement("canvas");
  canvas.width = 1000;
  canvas.height = 560;
  const pen = canvas.getContext("2d");
  if (!pen) return false;
  const face = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif';
  const write = (text: string, y: number, font: string, colour: string) => {
    pen.font = font + " " + face;
    pen.fillStyle = colour;
    pen.fillText(text, 500, y, 920);
  };
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, 1000, 560);
  pen.fillStyle = "#b3261e";
  pen.fillRect(0, 0, 1000, 16);
  pen.textAlign = "center";
  write(title, 96, "600 34px", "#17191f");
  write(name, 160, "700 42px", "#17191f");
  write(t("code.label"), 250, "400 32px", "#555a66");
  write(grouped(code), 350, "800 96px", "#b3261e");
  write(t("code.secret"), 440, "400 30px", "#17191f");
  write(location.host + "/c/" + slug + "/app", 505, "400 28px", "#555a66");
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = "ma-ca-nhan-" + slug + ".png";
  document.body.appendChild(link);
  link.click();
  document.body.removeChild(link);
  return true;
}

export function KeepCode() {
  const [told, setTold] = useState("");
  const code = freshCode() || "";
  const entry = me.value && me.value.value.entry;
  const now = contest();
  const name = entry ? entry.name : "";
  const title = now ? now.title : "";

  function done(): void {
    keepFreshCode(null);
    go(entry && entry.state === "unconfirmed" ? "confirm" : "home", "", true);
  }

  return (
    <Screen
      title={t("code.heading")}
      foot={
        <button type="button" class="button primary" onClick={done}>
          {t("code.kept")}
        </button>
      }
    >
      <div class="keep-code">
        <Heading>{t("code.heading")}</Heading>
        <p>{t("code.why")}</p>
        <article class="code-card">
          <p class="small-title">{title}</p>
          <p class="code-name">{name}</p>
          <p class="code-label">{t("code.label")}</p>
          <p class="code-big" translate={false}>
            {grouped(code)}
          </p>
          <p class="code-address" translate={false}>
            {location.host}/c/{slug}/app
          </p>
        </article>
        <p class="told" role="status">
          {told}
        </p>
        <div class="acts">
          <button
            type="button"
            class="button quiet"
            onClick={() => copy(grouped(code)).then((ok) => setTold(t(ok ? "code.copied" : "code.copy_failed")))}
          >
            {t("code.copy")}
          </button>
          <button
            type="button"
            class="button quiet"
            onClick={() => setTold(t(savePicture(code, name, title) ? "code.saved" : "code.picture_failed"))}
          >
            {t("code.picture")}
          </button>
          <button type="button" class="button quiet" onClick={() => window.print()}>
            {t("code.print")}
          </button>
        </div>
        <p class="soft">{t("code.secret")}</p>
      </div>
    </Screen>
  );
}
