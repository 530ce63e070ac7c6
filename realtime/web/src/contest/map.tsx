/** The map of all questions: where each answer is, what is still open, and handing in. */

import { t } from "../core/i18n";
import { Tick } from "../core/options";
import { Heading } from "../core/parts";
import { handIn, predictionMissing } from "./attempt";
import { Problem } from "./parts";
import type { Paper } from "./types";
import { choiceAt, fateAt, pending, work } from "./work";

/** The positions in the order they are gone through: the questions, then the prediction. */
export function positionsOf(sheet: Paper): number[] {
  const all = (sheet.questions || []).map((q) => q.n);
  return sheet.prediction ? [...all, 0] : all;
}

/** All questions at a glance; a tap leads there. */
export function Grid({ sheet, at, onShow }: { sheet: Paper; at: number | null; onShow(position: number): void }) {
  const kinds: { [fate: string]: string } = { saved: "map.saved", sending: "map.sending", refused: "map.refused" };
  return (
    <ol class="map">
      {positionsOf(sheet).map((position) => {
        const fate = fateAt(position);
        const name = position ? t("map.question", { n: position }) : t("predict.heading");
        return (
          <li key={position} class={position ? "" : "is-wide"}>
            <button
              type="button"
              class={"cell is-" + fate + (position === at ? " is-here" : "")}
              aria-current={position === at ? "step" : undefined}
              aria-label={name + ", " + t(kinds[fate] || "map.none")}
              onClick={() => onShow(position)}
            >
              {position || t("predict.short")}
              {fate === "saved" && <Tick />}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

export function Legend() {
  return (
    <p class="legend">
      <span>
        <i class="cell is-saved" aria-hidden="true">
          <Tick />
        </i>
        {t("map.saved")}
      </span>
      <span>
        <i class="cell is-sending" aria-hidden="true" />
        {t("map.sending")}
      </span>
      <span>
        <i class="cell" aria-hidden="true" />
        {t("map.none")}
      </span>
    </p>
  );
}

/** What is left to do, in words. */
function openCount(sheet: Paper): { questions: number; prediction: boolean } {
  return {
    questions: (sheet.questions || []).filter((q) => choiceAt(q.n) === null).length,
    prediction: !!sheet.prediction && choiceAt(0) === null,
  };
}

/** The last look before handing in. */
export function Overview({ sheet, onShow }: { sheet: Paper; onShow(position: number): void }) {
  const open = openCount(sheet);
  const blocked = open.prediction && sheet.prediction!.required;
  const sending = work.value ? pending(work.value).length : 0;
  return (
    <>
      <main class="scroll">
        <div class="body overview">
          <Heading>{t("map.heading")}</Heading>
          <p class={"left-open" + (open.questions || open.prediction ? " is-open" : " is-done")}>
            {open.questions ? t("map.open", { n: open.questions }) : t("map.all")}
            {open.prediction && " " + t("map.prediction_open")}
          </p>
          {predictionMissing.value && <Problem text={t("predict.missing")} />}
          <Grid sheet={sheet} at={null} onShow={onShow} />
          <Legend />
          {sending > 0 && <p class="soft">{t("map.waiting", { n: sending })}</p>}
        </div>
      </main>
      <div class="foot">
        <button type="button" class="button primary" disabled={blocked} onClick={handIn}>
          {t("attempt.hand_in")}
        </button>
        <p class="small">{blocked ? t("predict.missing") : t("map.hand_in_hint")}</p>
      </div>
    </>
  );
}
