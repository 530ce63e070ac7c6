/** Pledges on the stage: what is pledged, how many have signed, and the signatures as they arrive, units first. */

import { number, t } from "../../core/i18n";
import { useCountUp } from "../../stage/beats";
import { useSize } from "../../stage/scale";
import { usePicture } from "./size";
import type { SceneProps } from "../../festival/types";
import { Plain } from "../plain";

interface Signed {
  id: number;
  unit: boolean;
  name: string | null;
}

interface Told {
  state: string;
  texts: string[];
  people: number;
  units: number;
  signed: Signed[];
}

const UNITS = 6;
const PEOPLE = 14;
/** A unit's name of more characters takes smaller letters and up to three lines: it is to be read whole. */
const LONG = 32;

export function PledgeScene(props: SceneProps) {
  const told = props.stage.live[String(props.item.id)] as unknown as Told | undefined;
  return told ? <Pledges {...props} told={told} /> : <Plain {...props} />;
}

function Pledges({ item, told }: SceneProps & { told: Told }) {
  const total = useCountUp(0, told.people + told.units, true);
  const text = told.texts.length === 1 ? told.texts[0]! : "";
  const title = useSize<HTMLHeadingElement>([72, 64, 56, 48, 42], item.title, usePicture());
  const words = useSize<HTMLParagraphElement>([52, 46, 42, 38, 34, 32], told.texts.join(), usePicture());
  const units = told.signed.filter((one) => one.unit).slice(0, UNITS);
  // Somebody who is not named counts in the total; only names are worth the hall's eyes.
  const people = told.signed.filter((one) => !one.unit && one.name).slice(0, PEOPLE);
  return (
    <div class="sc sc-pledge">
      <div class="sc-left">
        <h1 class="sc-title" ref={title}>
          {item.title}
        </h1>
        {text ? (
          <p class="sc-text" ref={words}>
            {text}
          </p>
        ) : (
          <p class="sc-text" ref={words}>
            {told.texts.map((one) => (
              <span key={one}>{one}</span>
            ))}
          </p>
        )}
        <p class="sc-total">{number(total)}</p>
        <p class="sc-totals">
          {t("scene.pledge_people", { people: number(told.people) })} · {t("scene.pledge_units", { units: number(told.units) })}
        </p>
      </div>
      <div class="sc-right">
        {units.length > 0 && (
          <ul class="sc-units">
            {units.map((one) => (
              <li key={one.id} class={one.name && one.name.length > LONG ? "is-long" : ""}>
                {one.name || t("scene.unit")}
              </li>
            ))}
          </ul>
        )}
        <ul class="sc-people">
          {people.map((one) => (
            <li key={one.id}>{one.name}</li>
          ))}
        </ul>
        {told.signed.length === 0 && <p class="sc-quiet">{t(told.state === "open" ? "scene.pledge_first" : "scene.soon")}</p>}
      </div>
    </div>
  );
}
