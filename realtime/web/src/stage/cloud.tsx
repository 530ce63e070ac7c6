/** The word cloud of a stage: words let through, larger the more people sent them. Shared with the festival's stage. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CloudWord } from "../core/frames";
import { t } from "../core/i18n";
import { layout, type Word } from "../festival_stage/scenes/cloud_layout";

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

/** The words in a field of `width` × `height` units around its middle; each gets the class `kind` and a tone. */
export function CloudField({ words, width, height, kind }: { words: Word[]; width: number; height: number; kind: string }) {
  const fonts = useFonts();
  const key = words.map((word) => word.id + ":" + word.text + ":" + word.people).join("|");
  const placed = useMemo(() => layout(words, width, height, measure), [key, fonts, width, height]);
  return (
    <>
      {placed.map((word) => (
        <span
          key={word.id}
          class={kind + " tone-" + (word.id % TONES)}
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
    </>
  );
}

/** A number for a word that is the same on every screen and after every frame. */
export function idOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % 1000003;
  return hash;
}

/** The cloud of a live round, in whatever room the question leaves it. */
export function RoundCloud({ words, open, unit }: { words: readonly CloudWord[]; open: boolean; unit: number }) {
  const field = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || unit <= 0) return;
    const measured = new ResizeObserver(() => {
      setSize({ width: Math.floor(element.clientWidth / unit), height: Math.floor(element.clientHeight / unit) });
    });
    measured.observe(element);
    return () => measured.disconnect();
  }, [unit]);
  const listed = words.map(({ text, people }) => ({ id: idOf(text), text, people }));
  return (
    <div class="st-cloud" ref={field}>
      {words.length === 0 && <p class="st-on-phone">{t(open ? "cloud_stage.first" : "cloud_stage.none")}</p>}
      {size && <CloudField words={listed} width={size.width} height={size.height} kind="st-word" />}
    </div>
  );
}
