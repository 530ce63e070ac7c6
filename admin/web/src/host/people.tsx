/** The people of the room: how many are well, who they are, and what may be done about a name. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { askFirst, askName } from "./dialogs";
import { ask, counts, fetched, picture, type Seat } from "./session";
import { Doubts } from "./fairness";
import { isFinal } from "./steps";

const PAGE = 50;
const OFFLINE_WARNING = 0.7;
const SEARCH_MS = 250;
const REFRESH_MS = 10_000;

/** Grows when something was done to a seat: the list is fetched anew. */
const changed = signal(0);

function done(ok: boolean): void {
  if (ok) changed.value++;
}

function kick(seat: Seat): void {
  askFirst({
    title: t("host.ask.kick", { name: seat.name }),
    text: t("host.ask.kick_text", { points: seat.points }),
    confirm: t("host.ask.kick_do"),
    run: () => void ask("kick", { seat: seat.seat }).then(done),
  });
}

function rename(seat: Seat): void {
  askName({
    name: seat.name,
    run: (name) => void ask("rename", { seat: seat.seat, name }).then(done),
  });
}

function Person({ seat, over }: { seat: Seat; over: boolean }) {
  const words = [seat.unit_name, t("host.points", { points: seat.points })];
  if (seat.kicked) words.push(t("host.kicked"));
  else if (seat.hidden) words.push(t("host.name_hidden"));
  return (
    <li class={"h-person" + (seat.kicked ? " is-kicked" : "")}>
      <p class="h-person-name">
        {seat.online !== null && (
          <i
            class={seat.online ? "is-online" : "is-offline"}
            role="img"
            aria-label={t(seat.online ? "host.online" : "host.offline")}
          />
        )}
        <b>{seat.name}</b>
      </p>
      <p class="h-soft">{words.filter(Boolean).join(" · ")}</p>
      {!over && !seat.kicked && (
        <p class="h-person-acts">
          <button
            type="button"
            onClick={() => void ask(seat.hidden ? "allow_name" : "hide_name", { seat: seat.seat }).then(done)}
          >
            {t(seat.hidden ? "host.allow" : "host.hide_name")}
          </button>
          <button type="button" onClick={() => rename(seat)}>
            {t("host.rename")}
          </button>
          <button type="button" class="is-danger" onClick={() => kick(seat)}>
            {t("host.kick")}
          </button>
        </p>
      )}
    </li>
  );
}

function usePeople(query: string, limit: number): { total: number; seats: Seat[] } | null {
  const [found, setFound] = useState<{ total: number; seats: Seat[] } | null>(null);
  const [tick, setTick] = useState(0);
  const shown = picture.value!;
  const joined = counts.value ? counts.value.joined : shown.seats;
  useEffect(() => {
    const timer = window.setInterval(() => setTick((n) => n + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      const search = "?q=" + encodeURIComponent(query) + "&offset=0&limit=" + limit;
      void fetched<{ total: number; seats: Seat[] }>("/seats" + search).then((listed) => {
        if (current && listed) setFound(listed);
      });
    }, SEARCH_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query, limit, tick, joined, shown.people_version, shown.phase, changed.value]);
  return found;
}

export function Figures() {
  const now = counts.value;
  const shown = picture.value!;
  const figures: [string, number, boolean][] = [
    ["joined", now ? now.joined : shown.seats, false],
    ["online", now ? now.online : 0, false],
    ["answered", now ? now.answered : 0, false],
    ["slow", now ? now.weak + now.slow : 0, true],
    ["lost", now ? now.lost : 0, true],
  ];
  return (
    <dl class="h-figures" aria-label={t("host.counts")}>
      {figures.map(([name, value, bad]) => (
        <div key={name} class={bad && value > 0 ? "is-bad" : ""}>
          <dt>{t("host.count." + name)}</dt>
          <dd>{number(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Warnings({ online }: { online: boolean }) {
  const shown = picture.value!;
  const now = counts.value;
  const few = !!now && !isFinal(shown.phase) && now.joined >= 10 && now.online < now.joined * OFFLINE_WARNING;
  return (
    <div class="h-warnings" role="status">
      {!online && <p>{t("host.warn.link")}</p>}
      <Doubts />
      {few && <p>{t("host.warn.offline", { online: now.online, joined: now.joined })}</p>}
    </div>
  );
}

export function People() {
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(PAGE);
  const found = usePeople(query.trim(), limit);
  const over = isFinal(picture.value!.phase);
  return (
    <section class="h-people" aria-label={t("host.people")}>
      <h2>
        {t("host.people")} <small>{found ? t("host.found", { count: found.total }) : ""}</small>
      </h2>
      <input
        class="h-search"
        type="search"
        value={query}
        placeholder={t("host.search")}
        aria-label={t("host.search")}
        onInput={(typed) => {
          setQuery(typed.currentTarget.value);
          setLimit(PAGE);
        }}
      />
      <ul tabIndex={0} aria-label={t("host.people")}>
        {found && found.seats.map((seat) => <Person key={seat.seat} seat={seat} over={over} />)}
        {found && found.seats.length === 0 && (
          <li class="h-soft">{t(query.trim() ? "host.nobody_found" : "host.nobody")}</li>
        )}
        {found && found.total > found.seats.length && (
          <li>
            <button type="button" class="h-button" onClick={() => setLimit(limit + PAGE)}>
              {t("host.more")}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}
