/** A duel in the console: who plays, who pressed first, and the host's word about a spoken answer. */

import { useEffect, useState } from "preact/hooks";
import type { DuelShot, HostState } from "../../../../realtime/web/src/core/frames";
import { hundredths, number, t } from "../../../../realtime/web/src/core/i18n";
import { shownName } from "../../../../realtime/web/src/stage/people";
import type { Control } from "./controls";
import { closeDialog, openPart } from "./dialogs";
import { ask, fetched, picture, type Seat } from "./session";

const FEWEST = 2;
const MOST = 8;
const FOUND = 100;
const SEARCH_MS = 250;

function faceName(shown: HostState, seat: number): string {
  const face = shown.duel!.faces.filter((each) => each.seat === seat)[0];
  return face ? shownName(face) : String(seat);
}

export function ready(shown: HostState): boolean {
  return !shown.duel || (shown.duel.faces.length >= FEWEST && shown.duel.faces.length <= MOST);
}

function openPicker(): void {
  const shown = picture.value;
  if (!shown || !shown.duel) return;
  const before = shown.duel.faces.map((face) => face.seat);
  openPart(t("duelhost.pick"), () => <Picker before={before} />);
}

/** Who was ruled on last: what "take back" takes back. */
function lastRuled(shown: HostState): number | null {
  const ruled = shown.duel!.ruled;
  return ruled.length ? ruled[ruled.length - 1]! : null;
}

function mayRule(shown: HostState): boolean {
  const duel = shown.duel!;
  return duel.way === "buzzer" && (shown.phase === "revealed" || shown.phase === "standings" || shown.phase === "podium");
}

function judge(seat: number, right: boolean | null): void {
  void ask("judge", { seat, right });
}

/** The controls of this mode, with their keys; none in other modes. */
export function duelControls(shown: HostState): Control[] {
  const duel = shown.duel;
  if (!duel) return [];
  if (shown.phase === "lobby") {
    return [{ id: "finalists", key: "N", label: t("duelhost.pick"), enabled: true, run: openPicker }];
  }
  if (duel.way !== "buzzer") return [];
  const next = mayRule(shown) && duel.turn.length > 0 ? duel.turn[0]! : null;
  const back = mayRule(shown) ? lastRuled(shown) : null;
  return [
    { id: "right", key: "D", label: t("duelhost.right"), enabled: next !== null, apart: true, run: () => judge(next!, true) },
    { id: "wrong", key: "X", label: t("duelhost.wrong"), enabled: next !== null, apart: true, run: () => judge(next!, false) },
    { id: "undo", key: "Z", label: t("duelhost.undo"), enabled: back !== null, apart: true, run: () => judge(back!, null) },
  ];
}

function Verdict({ shot }: { shot: DuelShot }) {
  if (shot.right === null) return null;
  return <b class={shot.right ? "is-right" : "is-wrong"}>{t(shot.right ? "duelhost.was_right" : "duelhost.was_wrong")}</b>;
}

function Order({ shown }: { shown: HostState }) {
  const duel = shown.duel!;
  return (
    <ol class="h-shots">
      {duel.shots.map((shot) => {
        const asked = mayRule(shown) && duel.turn.indexOf(shot.seat) >= 0;
        const name = faceName(shown, shot.seat);
        return (
          <li key={shot.seat} class={asked ? "is-turn" : ""}>
            <b class="h-shot-place">{shot.place === null ? "–" : shot.place}</b>
            <span class="h-shot-name">{name}</span>
            <span class="h-soft">
              {t("duelhost.seconds", { seconds: hundredths(shot.ms) })}
              {shot.behind > 0 && " · +" + hundredths(shot.behind)}
            </span>
            <Verdict shot={shot} />
            {mayRule(shown) && shot.seat === lastRuled(shown) && (
              <button type="button" class="h-button h-undo" aria-keyshortcuts="Z" onClick={() => judge(shot.seat, null)}>
                {t("duelhost.undo")} <kbd aria-hidden="true">Z</kbd>
              </button>
            )}
            {asked && (
              <span class="h-shot-acts">
                <button type="button" class="h-button is-right" aria-label={t("duelhost.right_of", { name })} onClick={() => judge(shot.seat, true)}>
                  {t("duelhost.right")} {shot.seat === duel.turn[0] && <kbd aria-hidden="true">D</kbd>}
                </button>
                <button type="button" class="h-button is-danger" aria-label={t("duelhost.wrong_of", { name })} onClick={() => judge(shot.seat, false)}>
                  {t("duelhost.wrong")} {shot.seat === duel.turn[0] && <kbd aria-hidden="true">X</kbd>}
                </button>
              </span>
            )}
          </li>
        );
      })}
      {duel.shots.length === 0 && <li class="h-soft">{t("duelhost.no_press")}</li>}
    </ol>
  );
}

/** Above the picture of the hall: the score, the order, the buttons that rule. */
export function DuelPanel() {
  const shown = picture.value!;
  const duel = shown.duel;
  if (!duel) return null;
  const told = duel.now && !shown.voided && (shown.phase === "revealed" || shown.phase === "standings" || shown.phase === "podium");
  return (
    <section class="h-duel" aria-label={t("duelhost.title")}>
      <p class="h-duel-faces">
        {duel.faces.map((face) => (
          <span key={face.seat} class={duel.won === face.seat ? "is-won" : ""}>
            {shownName(face)} {shown.phase !== "lobby" && <b>{number(face.points)}</b>}
          </span>
        ))}
        {shown.phase === "lobby" && (
          <button type="button" class="h-button" onClick={openPicker}>
            {t("duelhost.pick")}
          </button>
        )}
      </p>
      {told && <Order shown={shown} />}
      {told && duel.turn.length > 1 && <p class="h-soft">{t("duelhost.photo")}</p>}
      {duel.won !== null && <p>{t("duelhost.won", { name: faceName(shown, duel.won) })}</p>}
    </section>
  );
}

function Picker({ before }: { before: number[] }) {
  const shown = picture.value!;
  const [picked, setPicked] = useState<number[]>(before);
  const [count, setCount] = useState(2);
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Seat[]>([]);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      const search = "?q=" + encodeURIComponent(query.trim()) + "&offset=0&limit=" + FOUND;
      void fetched<{ seats: Seat[] }>("/seats" + search).then((listed) => {
        if (current && listed) setFound(listed.seats.filter((seat) => !seat.kicked));
      });
    }, SEARCH_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query]);
  function save(submitted: Event): void {
    submitted.preventDefault();
    closeDialog();
    void ask("finalists", { seats: picked });
  }
  return (
    <form class="h-picker" onSubmit={save}>
      {shown.hall_id !== null && (
        <p class="h-duel-best">
          <label>
            {t("duelhost.best")}
            <input
              type="number"
              min={FEWEST}
              max={MOST}
              value={count}
              onInput={(typed) => setCount(Number(typed.currentTarget.value) || FEWEST)}
            />
          </label>
          <button
            type="button"
            class="h-button"
            onClick={() => {
              closeDialog();
              void ask("finalists", { count });
            }}
          >
            {t("duelhost.take_best")}
          </button>
        </p>
      )}
      <input
        class="h-search"
        type="search"
        value={query}
        placeholder={t("host.search")}
        aria-label={t("host.search")}
        onInput={(typed) => setQuery(typed.currentTarget.value)}
      />
      <ul class="h-pick" tabIndex={0} aria-label={t("duelhost.pick")}>
        {found.map(({ seat, name, unit_name }) => (
          <li key={seat}>
            <label>
              <input
                type="checkbox"
                checked={picked.indexOf(seat) >= 0}
                disabled={picked.length >= MOST && picked.indexOf(seat) < 0}
                onChange={(changed) =>
                  setPicked(changed.currentTarget.checked ? picked.concat(seat) : picked.filter((each) => each !== seat))
                }
              />
              <span>
                <b>{name}</b> <small>{unit_name}</small>
              </span>
            </label>
          </li>
        ))}
        {found.length === 0 && <li class="h-soft">{t("host.nobody_found")}</li>}
      </ul>
      <p class="h-soft">{t("duelhost.picked", { count: picked.length })}</p>
      <div class="h-dialog-row">
        <button type="button" class="h-button" onClick={closeDialog}>
          {t("host.cancel")}
        </button>
        <button type="submit" class="h-button is-main" disabled={picked.length < FEWEST}>
          {t("duelhost.save")}
        </button>
      </div>
    </form>
  );
}
