/** A poll on the stage: bars that grow where the options stand. */

import { number, t } from "../../core/i18n";
import { LETTERS, Shape } from "../../core/options";
import { useSize } from "../../stage/scale";
import { usePicture } from "./size";
import type { SceneProps } from "../../festival/types";
import { CloudScene } from "./cloud";
import { Plain } from "../plain";

interface Told {
  mode: "options" | "words";
  state: string;
  question: string;
  several: boolean;
  options: { id: string; text: string }[];
  people: number;
  counts: { [id: string]: number };
}

/** An option of more characters takes smaller letters and two lines. */
const LONG = 44;

export function PollScene(props: SceneProps) {
  const told = props.stage.live[String(props.item.id)] as unknown as Told | undefined;
  if (!told) return <Plain {...props} />;
  return told.mode === "words" ? <CloudScene {...props} /> : <Bars told={told} />;
}

function Bars({ told }: { told: Told }) {
  const title = useSize<HTMLHeadingElement>([80, 72, 64, 56, 48, 42], told.question, usePicture());
  return (
    <div class={"sc sc-poll is-" + told.options.length}>
      <h1 class="sc-title" ref={title}>
        {told.question}
      </h1>
      <ol class="sc-bars">
        {told.options.map((option, index) => {
          const votes = told.counts[option.id] || 0;
          const share = told.people ? votes / told.people : 0;
          return (
            <li key={option.id} class={"sc-bar tone-" + LETTERS[index]!.toLowerCase()}>
              <span class="sc-mark">
                <Shape index={index} />
                <b>{LETTERS[index]}</b>
              </span>
              <span class="sc-bar-body">
                <span class={"sc-bar-text" + (option.text.length > LONG ? " is-long" : "")}>{option.text}</span>
                <span class="sc-track">
                  <i style={{ transform: "scaleX(" + share.toFixed(4) + ")" }} />
                </span>
              </span>
              <span class="sc-bar-count">
                <b>{Math.round(share * 100)} %</b>
                <small>{t("scene.votes", { votes: number(votes) })}</small>
              </span>
            </li>
          );
        })}
      </ol>
      <p class="sc-foot">
        <b>{number(told.people)}</b> {t("scene.people")}
        <span>{t(told.state === "open" ? "scene.poll_open" : told.state === "closed" ? "scene.closed" : "scene.soon")}</span>
      </p>
    </div>
  );
}
