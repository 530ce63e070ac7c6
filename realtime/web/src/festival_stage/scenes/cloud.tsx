/** The word cloud on the stage: words let through, larger the more people said them. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { number, t } from "../../core/i18n";
import { useSize } from "../../stage/scale";
import { usePicture } from "./size";
import type { SceneProps } from "../../festival/types";
import { layout, type Word } from "./cloud_layout";

interface Told {
  state: string;
  question: string;
  words: Word[];
  people: number;
}

const WIDTH = 1740;
const HEIGHT = 720;
const TONES = 5;

let canvas: CanvasRenderingContext2D | null = null;
function measure(text: string): number {
  if (!canvas) canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return text.length * 58;
  canvas.font = '800 100px "Be Vietnam Pro", "DejaVu Sans Subset", sans-serif';
  return canvas.measureText(text).width;
}

/** Grows when the fonts have come, for words were measured with another one before. */
function useFonts(): number {
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    if (!document.fonts) return;
    const more = (): void => setLoaded((now) => now + 1);
    document.fonts.addEventListener("loadingdone", more);
    document.fonts.load('800 100px "Be Vietnam Pro"', "ăâđêôơưạ").then(more, () => undefined);
    return () => document.fonts.removeEventListener("loadingdone", more);
  }, []);
  return loaded;
}

export function CloudScene({ item, stage }: SceneProps) {
  const told = stage.live[String(item.id)] as unknown as Told;
  const fonts = useFonts();
  const key = told.words.map((word) => word.id + ":" + word.text + ":" + word.people).join("|");
  const placed = useMemo(() => layout(told.words, WIDTH, HEIGHT, measure), [key, fonts]);
  const title = useSize<HTMLHeadingElement>([64, 56, 48, 42, 38, 34], told.question, usePicture());
  return (
    <div class="sc sc-cloud">
      <h1 class="sc-title" ref={title}>
        {told.question}
      </h1>
      <div class="sc-field">
        {placed.length === 0 && <p class="sc-quiet">{t(told.state === "open" ? "scene.words_first" : "scene.words_none")}</p>}
        {placed.map((word) => (
          <span
            key={word.id}
            class={"sc-word tone-" + (word.id % TONES)}
            style={{
              fontSize: "calc(var(--u) * " + word.size.toFixed(1) + ")",
              transform:
                "translate(-50%, -50%) translate(calc(var(--u) * " +
                word.x.toFixed(1) +
                "), calc(var(--u) * " +
                word.y.toFixed(1) +
                "))",
            }}
          >
            {word.text}
          </span>
        ))}
      </div>
      <p class="sc-foot">
        <b>{number(told.people)}</b> {t("scene.people")}
        <span>{t(told.state === "open" ? "scene.words_open" : told.state === "closed" ? "scene.closed" : "scene.soon")}</span>
      </p>
    </div>
  );
}
