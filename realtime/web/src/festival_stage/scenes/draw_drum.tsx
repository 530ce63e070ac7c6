/**
 * The drum: a reel of real tickets that turns while the host lets it, then slows and stops at the ticket the digits
 * chose. Under prefers-reduced-motion the result simply appears.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../core/i18n";
import { reducedMotion } from "../../core/motion";
import { useSize } from "../../stage/scale";
import type { Told, Won } from "./draw_told";
import { usePicture } from "./size";

const ROW = 170;
const ROWS_A_SECOND = 16;
const SLOW_MS = 5200;
const STAGGER_MS = 900;
/** Rows that pass between "stop" and the winner. */
const ROWS_TO_STOP = 30;

type Phase = "rest" | "spin" | "slow" | "done";

interface Show {
  phase: Phase;
  /** Positions that the hall has seen. */
  shown: number;
}

/** Goes from spinning to slowing when somebody new was drawn, and tells one after the other. */
function useShow(told: Told): Show {
  const drawn = told.winners.length;
  // Whoever opens the stage in the middle sees what is known, not a show of it.
  const [shown, setShown] = useState(drawn);
  const [slowing, setSlowing] = useState(false);
  const seen = useRef(drawn);
  useEffect(() => {
    if (drawn <= seen.current) {
      if (drawn < seen.current) {
        seen.current = drawn;
        setShown(drawn);
      }
      return;
    }
    const first = seen.current;
    seen.current = drawn;
    const timers: number[] = [];
    const calm = reducedMotion();
    if (!calm) setSlowing(true);
    for (let position = first; position < drawn; position++) {
      const at = calm ? 0 : SLOW_MS + 600 + (position - first) * STAGGER_MS;
      timers.push(
        window.setTimeout(() => {
          setSlowing(false);
          setShown(position + 1);
        }, at),
      );
    }
    return () => timers.forEach((timer) => clearTimeout(timer));
  }, [drawn]);
  const phase: Phase = slowing ? "slow" : told.spinning ? "spin" : shown > 0 ? "done" : "rest";
  return { phase, shown };
}

export function Drum({ told }: { told: Told }) {
  const { phase, shown } = useShow(told);
  const hidden = told.winners.slice(shown);
  const visible = told.winners.slice(0, shown);
  const at = hidden.length > 0 ? hidden[0]!.prize : phase === "spin" || visible.length === 0 ? told.step.prize : visible[visible.length - 1]!.prize;
  const prize = told.prizes[at];
  const own = visible.filter((one) => one.prize === at);
  const turning = phase === "spin" || phase === "slow";
  return (
    <div class="sc dr dr-drum">
      <header class="dr-prize">
        <p class="dr-kicker">{told.title}</p>
        <h1 class="dr-title">{prize ? prize.name : ""}</h1>
        {prize && (prize.sponsor || prize.note) && <p class="sc-quiet">{[prize.note, prize.sponsor].filter(Boolean).join(" · ")}</p>}
      </header>
      {turning && reducedMotion() ? (
        <p class="dr-wait">{t("drawscene.spinning")}</p>
      ) : turning ? (
        <Reel flow={told.flow} target={phase === "slow" && hidden[0] ? hidden[0].ticket : null} />
      ) : (
        <Called won={own} spun={phase === "done"} />
      )}
      <p class="dr-honest">{t(turning ? "drawscene.honest" : "drawscene.next_rule")}</p>
    </div>
  );
}

/** Who was drawn for this prize; the latest largest, absent ones struck out with the reason. */
function Called({ won, spun }: { won: Won[]; spun: boolean }) {
  const waiting = won.filter((one) => one.state === "called");
  const large = waiting.length === 1 ? waiting : waiting.length === 0 ? won.slice(-1) : [];
  const rest = won.filter((one) => large.indexOf(one) < 0);
  if (won.length === 0) return <p class="dr-wait">{t(spun ? "drawscene.ready_next" : "drawscene.ready")}</p>;
  return (
    <div class="dr-called">
      {large.map((one) => (
        <Winner key={one.position} won={one} />
      ))}
      {rest.length > 0 && (
        <ul class={"dr-rest" + (rest.length > 12 ? " is-many" : rest.length > 5 ? " is-some" : large.length ? "" : " is-large")}>
          {rest.map((one) => (
            <li key={one.position} class={"is-" + one.state}>
              <code>{one.ticket}</code> {one.name} {one.state === "absent" && <small>{t("drawscene.absent_" + (one.reason || "no_show"))}</small>}
              {one.state === "present" && <small>✓ {t("drawscene.present")}</small>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Winner({ won }: { won: Won }) {
  const size = useSize<HTMLParagraphElement>([120, 104, 88, 72, 60, 48], won.name, usePicture());
  return (
    <div class={"dr-winner is-" + won.state} aria-live="polite">
      <p class="dr-ticket">{won.ticket}</p>
      <p class="dr-name" ref={size}>
        {won.name || t("drawscene.ticket_holder")}
      </p>
      <p class="dr-about">
        {[won.commune, t("drawscene.card", { card: won.card })].filter(Boolean).join(" · ")}
      </p>
      <p class={"dr-state is-" + won.state}>
        {t(won.state === "absent" ? "drawscene.absent_" + (won.reason || "no_show") : "drawscene." + won.state)}
      </p>
    </div>
  );
}

/** Rows of tickets that run upwards; with a target they slow down and end with it in the window. */
function Reel({ flow, target }: { flow: string[]; target: string | null }) {
  const place = useRef<HTMLDivElement>(null);
  const offset = useRef(0);
  // Drawn anew only when the top row changes: between rows the reel is moved by the compositor.
  const [top, setTop] = useState(0);
  const landing = useRef<{ from: number; to: number; at: number; ticket: string } | null>(null);
  useEffect(() => {
    if (target === null) {
      landing.current = null;
      return;
    }
    const from = offset.current;
    landing.current = { from, to: Math.ceil(from) + ROWS_TO_STOP, at: performance.now(), ticket: target };
  }, [target]);
  useEffect(() => {
    let frame = 0;
    let last = performance.now();
    function turn(now: number): void {
      const end = landing.current;
      if (end) {
        const share = Math.min(1, Math.max(0, (now - end.at) / SLOW_MS));
        // From the speed it had, evenly down to standstill.
        offset.current = end.from + (end.to - end.from) * (1 - Math.pow(1 - share, 3));
      } else {
        offset.current += ((now - last) / 1000) * ROWS_A_SECOND;
      }
      last = now;
      const whole = Math.floor(offset.current);
      setTop(whole);
      const element = place.current;
      if (element) element.style.transform = "translateY(calc(var(--u) * " + -((offset.current - whole) * ROW) + "))";
      frame = requestAnimationFrame(turn);
    }
    frame = requestAnimationFrame(turn);
    return () => cancelAnimationFrame(frame);
  }, []);
  const end = landing.current;
  const rows: { key: number; ticket: string }[] = [];
  for (let row = top - 2; row <= top + 3; row++) {
    const own = end && row === end.to;
    rows.push({ key: row, ticket: own ? end.ticket : flow[((row % flow.length) + flow.length) % flow.length] || "" });
  }
  return (
    <div class="dr-reel" aria-hidden="true" data-ellipsis>
      <div class="dr-rows" ref={place}>
        {rows.map(({ key, ticket }) => (
          <p key={key}>{ticket}</p>
        ))}
      </div>
      <i class="dr-window" />
    </div>
  );
}
