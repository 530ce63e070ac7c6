/** The golden bell in the console: who is in and out, who just went, and the ways to bring people back. */

import { useEffect, useState } from "preact/hooks";
import type { HostState, Person } from "../../../../realtime/web/src/core/frames";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { shownName } from "../../../../realtime/web/src/stage/people";
import { voidQuestion, type Control } from "./controls";
import { closeDialog, openPart } from "./dialogs";
import { ask, fetched, picture, say, type Seat } from "./session";
import { isFinal } from "./steps";

const NAMED = 8;
const SEARCH_MS = 250;
const FOUND = 100;

function refusalText(shown: HostState): string {
  const rescues = shown.rescues;
  if (!rescues) return "";
  if (rescues.refusal) return t("bellhost.refusal." + rescues.refusal, { n: rescues.since });
  return t("bellhost.left", { count: rescues.allowed - rescues.used });
}

function mayRescue(shown: HostState): boolean {
  return !!shown.bell && !!shown.rescues && shown.rescues.refusal === null;
}

function openRescue(): void {
  openPart(t("bellhost.dialog"), () => <RescueDialog />);
}

function toggleQuestion(): void {
  const bell = picture.value && picture.value.bell;
  if (bell) void ask("rescue_question", { on: !bell.rescue_next });
}

/** The controls of this mode, with their keys; none in other modes. */
export function bellControls(shown: HostState): Control[] {
  const bell = shown.bell;
  if (!bell) return [];
  return [
    { id: "rescue", key: "U", label: t("bellhost.rescue"), enabled: mayRescue(shown), run: openRescue },
    {
      id: "rescue_question",
      key: "Q",
      label: t(bell.rescue_next ? "bellhost.question_off" : "bellhost.question"),
      on: bell.rescue_next,
      enabled: bell.rescue_next || mayRescue(shown),
      run: toggleQuestion,
    },
  ];
}

function Names({ people, count }: { people: readonly Person[]; count: number }) {
  const more = count - Math.min(people.length, NAMED);
  return (
    <p>
      {people.slice(0, NAMED).map(shownName).join(", ")}
      {more > 0 && " " + t("bellhost.more", { count: more })}
    </p>
  );
}

/** In and out, and who went last. */
export function BellPanel() {
  const shown = picture.value!;
  const bell = shown.bell;
  if (!bell || !shown.rescues) return null;
  return (
    <section class="h-bell" aria-label={t("bellhost.title")}>
      <dl>
        <div>
          <dt>{t("bellhost.in")}</dt>
          <dd>{number(bell.left)}</dd>
        </div>
        <div>
          <dt>{t("bellhost.out")}</dt>
          <dd>{number(bell.out)}</dd>
        </div>
        <div>
          <dt>{t("bellhost.rescues")}</dt>
          <dd>
            {shown.rescues.used}/{shown.rescues.allowed}
          </dd>
        </div>
      </dl>
      {shown.went.length > 0 && (
        <>
          <h2>{t("bellhost.went", { count: bell.went })}</h2>
          <Names people={shown.went} count={bell.went} />
        </>
      )}
      {!isFinal(shown.phase) && shown.phase !== "podium" && <p class="h-soft">{refusalText(shown)}</p>}
    </section>
  );
}

/** After a question that put out everybody who was left: what the host may do. */
export function BellWarning() {
  const shown = picture.value!;
  const bell = shown.bell;
  const phase = shown.phase === "paused" ? shown.paused_from : shown.phase;
  if (!bell || !shown.q || (phase !== "revealed" && phase !== "standings") || bell.rescue_next) return null;
  const n = shown.q.n;
  if (bell.left === 1 && bell.decided) {
    return (
      <div class="h-warnings h-bell-warning" role="status">
        <p>{t("bellhost.decided")}</p>
      </div>
    );
  }
  if (bell.left > 0 || bell.last !== n) return null;
  return (
    <div class="h-warnings h-bell-warning" role="alert">
      <p>
        {t("bellhost.nobody", { count: bell.winners, n })}
        {mayRescue(shown) && (
          <button type="button" class="h-button" onClick={openRescue}>
            {t("bellhost.rescue")}
          </button>
        )}
        {shown.voids.indexOf(n) < 0 && (
          <button type="button" class="h-button" onClick={() => voidQuestion(n)}>
            {t("bellhost.void", { n })}
          </button>
        )}
      </p>
    </div>
  );
}

type Way = "all" | "best" | "pick";

function RescueDialog() {
  const shown = picture.value!;
  const out = shown.bell ? shown.bell.out : 0;
  const [way, setWay] = useState<Way>("all");
  const [count, setCount] = useState(Math.min(10, out));
  const [picked, setPicked] = useState<readonly number[]>([]);
  const many = way === "all" ? out : way === "best" ? count : picked.length;
  function rescue(submitted: Event): void {
    submitted.preventDefault();
    const whom = way === "all" ? { all: true } : way === "best" ? { count } : { seats: picked };
    closeDialog();
    void ask("rescue", whom).then((done) => done && say(t("bellhost.done")));
  }
  return (
    <form class="h-rescue" onSubmit={rescue}>
      <label class="h-rescue-way">
        <input type="radio" name="way" checked={way === "all"} onChange={() => setWay("all")} />
        <span>{t("bellhost.all", { count: number(out) })}</span>
      </label>
      <label class="h-rescue-way">
        <input type="radio" name="way" checked={way === "best"} onChange={() => setWay("best")} />
        <span>
          {t("bellhost.best")}
          <small>{t("bellhost.best_hint")}</small>
        </span>
      </label>
      {way === "best" && (
        <label class="h-field h-rescue-more">
          <span>{t("bellhost.count")}</span>
          <input
            type="number"
            min={1}
            max={out}
            value={count}
            onInput={(typed) => setCount(Math.max(0, Math.min(out, Number(typed.currentTarget.value) || 0)))}
          />
        </label>
      )}
      <label class="h-rescue-way">
        <input type="radio" name="way" checked={way === "pick"} onChange={() => setWay("pick")} />
        <span>{t("bellhost.pick")}</span>
      </label>
      {way === "pick" && <Pick picked={picked} onPick={setPicked} />}
      <div class="h-dialog-row">
        <button type="button" class="h-button" onClick={closeDialog}>
          {t("bellhost.cancel")}
        </button>
        <button type="submit" class="h-button is-main" disabled={many < 1}>
          {t(way === "best" ? "bellhost.do_best" : "bellhost.do", { count: number(many) })}
        </button>
      </div>
    </form>
  );
}

function Pick({ picked, onPick }: { picked: readonly number[]; onPick(seats: readonly number[]): void }) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Seat[]>([]);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      const search = "?q=" + encodeURIComponent(query.trim()) + "&out=true&offset=0&limit=" + FOUND;
      void fetched<{ seats: Seat[] }>("/seats" + search).then((listed) => {
        if (current && listed) setFound(listed.seats);
      });
    }, SEARCH_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query]);
  return (
    <div class="h-rescue-more">
      <input
        class="h-search"
        type="search"
        value={query}
        placeholder={t("bellhost.search")}
        aria-label={t("bellhost.search")}
        onInput={(typed) => setQuery(typed.currentTarget.value)}
      />
      <ul class="h-rescue-list" tabIndex={0} aria-label={t("bellhost.pick")}>
        {found.map(({ seat, name, unit_name, out_at }) => (
          <li key={seat}>
            <label>
              <input
                type="checkbox"
                checked={picked.indexOf(seat) >= 0}
                onChange={(changed) =>
                  onPick(changed.currentTarget.checked ? [...picked, seat] : picked.filter((each) => each !== seat))
                }
              />
              <span>
                <b>{name}</b>
                <small>
                  {[unit_name, t("bellhost.since", { n: out_at || 0 })].filter(Boolean).join(" · ")}
                </small>
              </span>
            </label>
          </li>
        ))}
        {found.length === 0 && <li class="h-soft">{t("bellhost.none")}</li>}
      </ul>
      <p class="h-soft">{t("bellhost.picked", { count: number(picked.length) })}</p>
    </div>
  );
}
