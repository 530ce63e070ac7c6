/** The launch on a guest's phone: hold along with the delegates where the organisers wish it, else look at the stage. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../core/i18n";
import { call } from "../store";
import type { ActProps } from "../types";
import { HoldButton } from "./hold";
import { NoCard, Wait, needsCard } from "./parts";

interface Told {
  state: "ready" | "armed" | "fired";
  crowd: boolean;
  slogan: string;
}

const BEAT_MS = 2000;

export function LaunchAct({ item, state, me }: ActProps) {
  const told = state.live[String(item.id)] as unknown as Told | undefined;
  if (!told) return <Wait words={t("acts.soon")} />;
  if (told.state === "fired") {
    return (
      <div class="act-fired">
        <p>{t("acts.launch_done")}</p>
        <h2>{told.slogan}</h2>
      </div>
    );
  }
  if (!told.crowd) return <Wait words={t("acts.launch_look")} />;
  if (needsCard(me)) return <NoCard />;
  return <Crowd item={item.id} armed={told.state === "armed"} />;
}

function Crowd({ item, armed }: { item: number; armed: boolean }) {
  const [held, setHeld] = useState(false);
  const timer = useRef(0);
  function beat(down: boolean): void {
    // Only a number for the hall: a lost beat is lost.
    call("/acts/" + item + "/hold", { body: { down } }).catch(() => undefined);
  }
  function up(): void {
    if (!timer.current) return;
    clearInterval(timer.current);
    timer.current = 0;
    setHeld(false);
    beat(false);
  }
  function down(): void {
    if (timer.current) return;
    setHeld(true);
    beat(true);
    timer.current = window.setInterval(() => beat(true), BEAT_MS);
  }
  useEffect(() => up, []);
  useEffect(() => {
    if (!armed) up();
  }, [armed]);
  return (
    <div class="act-launch">
      <HoldButton
        label={t(held ? "acts.launch_holding" : "acts.launch_hold")}
        held={held}
        share={held ? 1000 : 0}
        disabled={!armed}
        onDown={down}
        onUp={up}
      />
      <p class="act-wait" role="status">
        {t(armed ? "acts.launch_crowd" : "acts.launch_soon")}
      </p>
    </div>
  );
}
