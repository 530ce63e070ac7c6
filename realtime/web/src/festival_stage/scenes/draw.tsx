/**
 * The lucky draw on the stage: the pool and its hash, the source, the digits as they are typed, the drum, the winners.
 * The drum decides nothing: it shows tickets of the pool and stops at the one that the digits chose.
 */

import { addWords, lang, number, t } from "../../core/i18n";
import { useSize } from "../../stage/scale";
import type { SceneProps } from "../../festival/types";
import en from "../../locale/draw_scene.en.json";
import vi from "../../locale/draw_scene.vi.json";
import { Plain } from "../plain";
import { Drum } from "./draw_drum";
import type { Told, Won } from "./draw_told";
import { usePicture } from "./size";

addWords(vi, en);

export function DrawScene(props: SceneProps) {
  const live = props.stage.live[String(props.item.id)] as { draw?: Told } | undefined;
  const told = live && live.draw;
  if (!told) return <Plain {...props} />;
  if (told.state === "withdrawn") return <Withdrawn told={told} />;
  if (told.scene === "drum") return <Drum told={told} />;
  if (told.scene === "winners") return <Winners told={told} />;
  if (told.scene === "digits") return <Digits told={told} />;
  return <Pool told={told} />;
}

function Title({ told, word }: { told: Told; word: string }) {
  const size = useSize<HTMLHeadingElement>([64, 56, 48, 42], told.title, usePicture());
  return (
    <header class="dr-head">
      <p class="dr-kicker">{word}</p>
      <h1 class="dr-title" ref={size}>
        {told.title}
      </h1>
    </header>
  );
}

function Withdrawn({ told }: { told: Told }) {
  return (
    <div class="sc dr">
      <Title told={told} word={t("drawscene.withdrawn")} />
    </div>
  );
}

/** The hash in groups of eight, so that it can be compared with what is on paper and on phones. */
function Hash({ hash }: { hash: string }) {
  const groups = hash.match(/.{1,8}/g) || [];
  return (
    <p class="dr-hash">
      {groups.map((group, at) => (
        <span key={at}>{group} </span>
      ))}
    </p>
  );
}

function Source({ told }: { told: Told }) {
  return told.source ? (
    <p class="dr-source">
      <b>{t("drawscene.source")}</b> {told.source[lang.value]}
    </p>
  ) : (
    <p class="dr-source sc-quiet">{t("drawscene.no_source")}</p>
  );
}

function Pool({ told }: { told: Told }) {
  return (
    <div class="sc dr">
      <Title told={told} word={t("drawscene.frozen")} />
      <div class="dr-middle">
        <p class="dr-count">
          <b>{number(told.count)}</b> {t("drawscene.tickets")}
        </p>
        <p class="dr-label">{t("drawscene.hash")}</p>
        <Hash hash={told.hash} />
      </div>
      <Source told={told} />
    </div>
  );
}

function digitGroups(digits: string): string[] {
  const parts = digits.split(" ").filter((part) => part !== "");
  return parts.length > 1 ? parts : digits.match(/.{1,5}/g) || [];
}

function Digits({ told }: { told: Told }) {
  const groups = digitGroups(told.digits);
  const box = useSize<HTMLParagraphElement>([110, 96, 80, 68, 58, 48, 40, 34], told.digits, usePicture());
  return (
    <div class="sc dr">
      <Title told={told} word={t(told.sealed ? "drawscene.sealed" : "drawscene.digits")} />
      <Source told={told} />
      <p class={"dr-digits" + (told.sealed ? " is-sealed" : "")} ref={box} aria-live="polite">
        {groups.length === 0 ? (
          <span class="sc-quiet">{t("drawscene.no_digits")}</span>
        ) : (
          groups.map((group, at) => <span key={at + group}>{group}</span>)
        )}
      </p>
      <div class="dr-foot">
        <p>
          {t("drawscene.count_hash", { count: number(told.count) })} <code>{told.hash.slice(0, 16)}…</code>
        </p>
        <p class="dr-typed">{t("drawscene.so_many", { count: told.digits.replace(/ /g, "").length })}</p>
      </div>
    </div>
  );
}

const FEW = 7;

/** From the grand prize down, absent ones struck out and told. */
function Winners({ told }: { told: Told }) {
  const present = told.winners.filter((one) => one.state !== "absent");
  const absent = told.winners.length - present.length;
  const box = useSize<HTMLDivElement>([62, 54, 46, 42, 38, 35, 32], present.length + told.title, usePicture());
  return (
    <div class="sc dr">
      <Title told={told} word={t("drawscene.winners")} />
      <div class={"dr-lists" + (present.length > FEW ? "" : " is-few")} ref={box}>
        {told.prizes
          .map((prize, at) => ({ prize, won: present.filter((one) => one.prize === at) }))
          .filter(({ won }) => won.length > 0)
          .reverse()
          .map(({ prize, won }, at) => (
            <section key={at}>
              <h2>{prize.name}</h2>
              <ul>
                {won.map((one) => (
                  <WinnerLine key={one.position} won={one} />
                ))}
              </ul>
            </section>
          ))}
        {present.length === 0 && <p class="sc-quiet">{t("drawscene.none_yet")}</p>}
      </div>
      <div class="dr-foot">
        <p>{t("drawscene.check")}</p>
        {absent > 0 && <p>{t("drawscene.absent_count", { count: absent })}</p>}
      </div>
    </div>
  );
}

function WinnerLine({ won }: { won: Won }) {
  return (
    <li>
      <code>{won.ticket}</code>
      <span>
        <b>{won.name || t("drawscene.ticket_holder")}</b> <small>{won.commune}</small>
      </span>
    </li>
  );
}
