/** The launch on the stage: a ring for each delegate, what is missing, the seconds, and the burst with the slogan. */

import { useEffect, useRef, useState } from "preact/hooks";
import { number, t } from "../../core/i18n";
import { useSize } from "../../stage/scale";
import { usePicture } from "./size";
import type { SceneProps } from "../../festival/types";
import { festivalApi, token } from "../link";
import { Plain } from "../plain";
import { Burst } from "./burst";

interface Delegate {
  id: number;
  name: string;
  place: string;
  part?: string;
  present?: boolean;
  holding?: boolean;
  share?: number;
}

interface Told {
  state: "ready" | "armed" | "fired";
  hold_s: number;
  slogan: string;
  delegates: Delegate[];
  missing?: number;
  called?: number;
  share?: number;
  crowd?: number | null | boolean;
  known?: boolean;
}

const QUICK_MS = 250;
const CALM_MS = 1000;
const RADIUS = 44;
const ROUND = 2 * Math.PI * RADIUS;

/** Who holds is known to the server a few times a second; the stage's own picture is too slow for it. */
function useLook(item: number, fired: boolean): Told | null {
  const [told, setTold] = useState<Told | null>(null);
  const armed = useRef(false);
  useEffect(() => {
    let timer = 0;
    let over = false;
    function ask(): void {
      fetch(festivalApi("/stage/launch/" + item), { headers: { Authorization: "Bearer " + token }, cache: "no-store" })
        .then((response) => (response.ok ? response.json() : null))
        .then(
          (value: Told | null) => {
            if (value && !over) {
              armed.current = value.state === "armed";
              setTold(value);
            }
          },
          () => undefined,
        )
        .then(() => {
          if (!over) timer = window.setTimeout(ask, armed.current ? QUICK_MS : CALM_MS);
        });
    }
    if (!fired) ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [item, fired]);
  return told;
}

export function LaunchScene(props: SceneProps) {
  const base = props.stage.live[String(props.item.id)] as unknown as Told | undefined;
  const look = useLook(props.item.id, !!base && base.state === "fired");
  // Whoever opens the stage after the launch sees the slogan, not the show.
  const first = useRef<string | null>(null);
  if (!base) return <Plain {...props} />;
  const told = base.state === "fired" || !look ? base : look;
  if (first.current === null) first.current = told.state;
  if (told.state === "fired") return <Fired slogan={told.slogan} show={first.current !== "fired"} title={props.item.title} />;
  return <Rings told={told} title={props.item.title} />;
}

function Rings({ told, title }: { told: Told; title: string }) {
  const armed = told.state === "armed";
  const missing = told.missing || 0;
  const left = Math.max(0, Math.ceil(told.hold_s * (1 - (told.share || 0) / 1000)));
  const together = armed && missing === 0 && (told.called || 0) > 0;
  const heading = useSize<HTMLHeadingElement>([72, 64, 56, 48, 42], title, usePicture());
  const many = told.delegates.length;
  return (
    <div class={"sc sc-launch" + (armed ? " is-armed" : "")}>
      <h1 class="sc-title" ref={heading}>
        {title}
      </h1>
      <ul class={"sc-rings" + (many > 6 ? " is-many" : many > 3 ? " is-some" : "")}>
        {told.delegates.map((one) => {
          const share = armed && one.holding ? one.share || 0 : 0;
          const word =
            one.part === "excused"
              ? ""
              : armed && one.holding
                ? t("scene.holding")
                : one.present
                  ? t("scene.present")
                  : t("scene.absent");
          return (
            <li key={one.id} class={(armed && one.holding ? "is-holding" : "") + (one.present ? " is-present" : "")}>
              <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
                <circle class="sc-ring-track" cx="50" cy="50" r={RADIUS} />
                <circle
                  class="sc-ring-arc"
                  cx="50"
                  cy="50"
                  r={RADIUS}
                  stroke-dasharray={ROUND}
                  stroke-dashoffset={ROUND * (1 - share / 1000)}
                  transform="rotate(-90 50 50)"
                />
                {/* A hand's palm: pressed when it is filled. */}
                <circle class="sc-ring-dot" cx="50" cy="50" r="24" />
              </svg>
              <b>{one.name}</b>
              <span>{word}</span>
            </li>
          );
        })}
      </ul>
      <div class="sc-launch-foot" role="status">
        {!armed ? (
          <p>{t("scene.launch_soon")}</p>
        ) : together ? (
          <p class="sc-count">{left}</p>
        ) : (
          <p>{t("scene.launch_missing", { count: missing })}</p>
        )}
        {armed && typeof told.crowd === "number" && told.crowd > 0 && (
          <p class="sc-quiet">{t("scene.launch_crowd", { count: number(told.crowd) })}</p>
        )}
      </div>
    </div>
  );
}

function Fired({ slogan, show, title }: { slogan: string; show: boolean; title: string }) {
  const words = useSize<HTMLHeadingElement>([150, 130, 112, 96, 80, 68, 56], slogan, usePicture());
  return (
    <div class={"sc sc-fired" + (show ? " is-show" : "")}>
      {show && <Burst />}
      <p class="sc-fired-word">{t("scene.launched")}</p>
      <h1 ref={words}>{slogan}</h1>
      {slogan !== title && <p class="sc-fired-title">{title}</p>}
    </div>
  );
}
