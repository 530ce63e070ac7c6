/** How everybody answered, as bars with their numbers. Only ever drawn after the reveal. */

import { number, t } from "../core/i18n";
import { Cross, Tick } from "../core/options";

export type Tally = { [key: string]: number };

/** `of` as a share of `all` in whole percent; nobody is 0 %. */
export function percent(of: number, all: number): number {
  return all > 0 ? Math.round((of / all) * 100) : 0;
}

export function sum(tally: Tally | null): number {
  return tally ? Object.keys(tally).reduce((total, key) => total + (tally[key] || 0), 0) : 0;
}

interface BarProps {
  label: string;
  tone: string;
  count: number;
  all: number;
  most: number;
  grown: boolean;
  sign?: "tick" | "cross" | null;
  strong?: boolean;
  dimmed?: boolean;
}

function Bar({ label, tone, count, all, most, grown, sign, strong, dimmed }: BarProps) {
  const share = most > 0 ? count / most : 0;
  return (
    <li class={"st-bar" + (strong ? " is-strong" : "") + (dimmed ? " is-dimmed" : "")} style={{ "--tone": tone }}>
      <span class="st-bar-label">
        {sign === "tick" ? <Tick /> : sign === "cross" ? <Cross /> : null}
        {label}
      </span>
      <span class="st-bar-track">
        <span class="st-bar-fill" style={{ transform: "scaleX(" + (grown ? share : 0) + ")" }} />
      </span>
      <span class="st-bar-count">
        <b>{number(count)}</b> · <span>{percent(count, all)} %</span>
      </span>
    </li>
  );
}

const VERDICTS = [
  ["right", "var(--st-right)", "tick"],
  ["partial", "var(--st-partial)", null],
  ["wrong", "var(--st-wrong)", "cross"],
] as const;

/** Right, partly right, wrong: for text and ordering. */
export function VerdictBars({ tally, grown }: { tally: Tally | null; grown: boolean }) {
  const all = sum(tally);
  if (!tally || all === 0) return <p class="st-nobody">{t("stage.nobody")}</p>;
  const shown = VERDICTS.filter(([verdict]) => verdict !== "partial" || (tally.partial || 0) > 0);
  const most = Math.max(...shown.map(([verdict]) => tally[verdict] || 0));
  return (
    <ul class="st-bars is-verdicts" aria-label={t("stage.how_many")}>
      {shown.map(([verdict, tone, sign]) => (
        <Bar
          key={verdict}
          label={t("stage.verdict." + verdict)}
          tone={tone}
          sign={sign}
          count={tally[verdict] || 0}
          all={all}
          most={most}
          grown={grown}
        />
      ))}
    </ul>
  );
}

const MOST_VALUES = 6;

/** The commonest numbers, in the order of numbers; the right one is named once `told`. */
export function ValueBars(props: {
  tally: Tally | null;
  right: number | null;
  unit: string | null;
  grown: boolean;
  told: boolean;
}) {
  const { tally, right, unit, grown, told } = props;
  const all = sum(tally);
  if (!tally || all === 0) return <p class="st-nobody">{t("stage.nobody")}</p>;
  const values = Object.keys(tally)
    .map((text) => ({ value: Number(text), count: tally[text] || 0, text }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_VALUES)
    .sort((a, b) => a.value - b.value);
  const most = Math.max(...values.map(({ count }) => count));
  return (
    <ul class="st-bars is-values" aria-label={t("stage.common_values")}>
      {values.map(({ value, count, text }) => {
        const good = told && right !== null && value === right;
        const label = isFinite(value) ? number(value) : text;
        return (
          <Bar
            key={text}
            label={unit && values.length < 5 ? label + " " + unit : label}
            tone={good ? "var(--st-right)" : "var(--st-plain)"}
            sign={good ? "tick" : null}
            count={count}
            all={all}
            most={most}
            grown={grown}
            strong={good}
            dimmed={told && right !== null && !good}
          />
        );
      })}
    </ul>
  );
}
