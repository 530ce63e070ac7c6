/** The word cloud on the stage: words let through, larger the more people said them. */

import { number, t } from "../../core/i18n";
import { CloudField } from "../../stage/cloud";
import { useSize } from "../../stage/scale";
import { usePicture } from "./size";
import type { SceneProps } from "../../festival/types";
import type { Word } from "./cloud_layout";

interface Told {
  state: string;
  question: string;
  words: Word[];
  people: number;
}

const WIDTH = 1740;
const HEIGHT = 720;

export function CloudScene({ item, stage }: SceneProps) {
  const told = stage.live[String(item.id)] as unknown as Told;
  const title = useSize<HTMLHeadingElement>([64, 56, 48, 42, 38, 34], told.question, usePicture());
  return (
    <div class="sc sc-cloud">
      <h1 class="sc-title" ref={title}>
        {told.question}
      </h1>
      <div class="sc-field">
        {told.words.length === 0 && <p class="sc-quiet">{t(told.state === "open" ? "scene.words_first" : "scene.words_none")}</p>}
        <CloudField words={told.words} width={WIDTH} height={HEIGHT} kind="sc-word" />
      </div>
      <p class="sc-foot">
        <b>{number(told.people)}</b> {t("scene.people")}
        <span>{t(told.state === "open" ? "scene.words_open" : told.state === "closed" ? "scene.closed" : "scene.soon")}</span>
      </p>
    </div>
  );
}
