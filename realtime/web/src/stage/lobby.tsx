/** Before the first question: how to come in, who has come. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Counts, Person, StageState } from "../core/frames";
import { number, t } from "../core/i18n";
import { shownName } from "./people";
import { useSize } from "./scale";

/** The address without what nobody types: the scheme, and the code at its end. */
export function typedAddress(joinUrl: string, code: string): string {
  const bare = joinUrl.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  return bare.slice(-code.length - 1) === "/" + code ? bare.slice(0, -code.length - 1) : bare;
}

/** 123456 as "123 456", the way people say it. */
export function spacedCode(code: string): string {
  return code.replace(/^(\d{3})(\d{3})$/, "$1 $2");
}

export function Qr({ code }: { code: string }) {
  return (
    <span class="st-qr">
      <img src={"/qr/" + code + ".svg"} alt={t("stage.qr", { code: spacedCode(code) })} />
    </span>
  );
}

/** The people shown now and those of the last frame: newcomers go last, who was sent away goes, the rest stay put. */
export function mergePeople(shown: readonly Person[], latest: readonly Person[]): Person[] {
  const bySeat = new Map(latest.map((person) => [person.seat, person] as const));
  const oldest = latest.length > 0 ? Math.min(...latest.map(({ seat }) => seat)) : 0;
  const stay = shown
    .filter(({ seat }) => bySeat.has(seat) || seat < oldest)
    .map((person) => bySeat.get(person.seat) || person);
  const known = new Set(shown.map(({ seat }) => seat));
  return stay.concat(latest.filter(({ seat }) => !known.has(seat)));
}

const MOST_NAMES = 120;

function Names({ latest }: { latest: readonly Person[] }) {
  const [shown, setShown] = useState<Person[]>([]);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => setShown((now) => mergePeople(now, latest)), [latest]);
  useLayoutEffect(() => {
    const chips = list.current ? (Array.from(list.current.children) as HTMLElement[]) : [];
    if (chips.length <= MOST_NAMES) return;
    // Whole rows go, so that those that stay do not move sideways.
    const top = chips[0]!.offsetTop;
    const row = chips.findIndex((chip) => chip.offsetTop !== top);
    if (row > 0) setShown((now) => now.slice(row));
  }, [shown]);
  return (
    <div class="st-names">
      <ul ref={list}>
        {shown.map((person) => (
          <li key={person.seat} class={"st-name" + (person.name ? "" : " is-hidden")}>
            {shownName(person)}
          </li>
        ))}
      </ul>
    </div>
  );
}

const NOBODY: readonly Person[] = [];

export function Lobby({ picture, counts, unit }: { picture: StageState; counts: Counts | null; unit: number }) {
  const joined = counts ? counts.joined : picture.seats;
  const address = typedAddress(picture.join_url, picture.code);
  const addressBox = useSize<HTMLParagraphElement>([92, 80, 68, 60, 52, 44, 38, 32], address, unit);
  const titleBox = useSize<HTMLHeadingElement>([60, 52, 46, 40, 36, 32], picture.title, unit);
  return (
    <div class="st-lobby">
      <div class="st-lobby-top">
        <div class="st-lobby-how">
          <h1 class="st-lobby-title" ref={titleBox}>
            {picture.title}
          </h1>
          {picture.locked ? (
            <p class="st-lobby-locked">{t("stage.locked")}</p>
          ) : (
            <>
              <p class="st-lobby-word">{t("stage.join_at")}</p>
              <p class="st-lobby-address" ref={addressBox}>
                {address}
              </p>
              <p class="st-lobby-word">{t("stage.join_code")}</p>
              <p class="st-lobby-code">{spacedCode(picture.code)}</p>
            </>
          )}
        </div>
        {!picture.locked && (
          <div class="st-lobby-qr">
            <Qr code={picture.code} />
            <p class="st-lobby-word">{t("stage.join_scan")}</p>
          </div>
        )}
      </div>
      <div class="st-lobby-people">
        <p class="st-lobby-count">
          {joined > 0 ? (
            <>
              <b>{number(joined)}</b> {t("stage.people")}
            </>
          ) : (
            t("stage.people_first")
          )}
        </p>
        <Names latest={counts ? counts.names : NOBODY} />
      </div>
    </div>
  );
}
