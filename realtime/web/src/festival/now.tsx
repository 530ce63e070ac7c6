/** What is on: announcements, what one can do now, what comes next, and the whole programme. */

import { Fragment } from "preact";
import { lang, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { acts } from "./acts";
import { MyDraws } from "./acts/draw";
import { Screen } from "./parts";
import { go, publicPage } from "./place";
import { me, missing, state } from "./store";
import { dayText, timeText } from "./times";
import type { Item, State } from "./types";

/** Gates and booths stand all day: they are no step of the programme. */
const beside = (item: Item) => item.kind === "gate" || item.kind === "booth";

export function Announcements({ told }: { told: State }) {
  return (
    <div role="status">
      {told.announcements.map((one) => (
        <p key={one.id} class="fe-told">
          <b>{t("festival.announcement")}</b> {(lang.value === "en" && one.en) || one.vi}
        </p>
      ))}
    </div>
  );
}

function Live({ item, told }: { item: Item; told: State }) {
  const Act = acts[item.kind];
  return (
    <article class="fe-live">
      <p class="fe-kicker">{t("kind." + item.kind)}</p>
      <h2>{item.title}</h2>
      {item.place && <p class="soft">{item.place}</p>}
      {item.note && <p class="fe-note">{item.note}</p>}
      {item.code && (
        <a class="button primary" href={"/" + item.code}>
          {t("festival.enter_round", { code: item.code.slice(0, 3) + " " + item.code.slice(3) })}
        </a>
      )}
      {Act && <Act item={item} state={told} me={me.value} />}
    </article>
  );
}

function Line({ item }: { item: Item }) {
  return (
    <li class={"is-" + item.state}>
      <time>{timeText(item.starts_at)}</time>
      <span>
        <b>{item.title}</b>
        {item.state !== "planned" && <em>{t("state." + item.state)}</em>}
        {item.place && <small>{item.place}</small>}
      </span>
    </li>
  );
}

export function Now() {
  const told = state.value;
  if (!told) {
    return (
      <Screen title={t("festival.tab_now")}>
        <Heading>{t(missing.value ? "festival.missing" : "festival.loading")}</Heading>
      </Screen>
    );
  }
  const live = told.items.filter((item) => item.state === "live" && !beside(item));
  const coming = told.items.filter((item) => item.state === "planned" && !beside(item));
  const stands = told.items.filter((item) => beside(item) && item.state !== "done");
  const days = told.items.filter((item) => !beside(item)).map((item) => dayText(item.starts_at));
  const many = days.some((day) => day !== days[0]);
  const mine = me.value && me.value.guest;
  return (
    <Screen title={t("festival.tab_now")}>
      <Announcements told={told} />
      <p class="fe-name">{told.festival.title}</p>
      <Heading class="fe-title">{told.festival.state === "over" ? t("festival.over") : t(live.length ? "festival.now" : "festival.soon")}</Heading>
      {live.map((item) => (
        <Live key={item.id} item={item} told={told} />
      ))}
      <MyDraws />
      {!mine && me.value && told.festival.state === "open" && (
        <button type="button" class="button primary fe-take" onClick={() => go("card")}>
          {t("festival.take_card")}
        </button>
      )}
      {coming.length > 0 && told.festival.state === "open" && (
        <p class="fe-next">
          {t("festival.next")} <b>{timeText(coming[0]!.starts_at)} {coming[0]!.title}</b>
          {coming[0]!.place && " · " + coming[0]!.place}
        </p>
      )}
      {stands.length > 0 && (
        <section>
          <h2 class="fe-section">{t("festival.stands")}</h2>
          <ol class="fe-list">{stands.map((item) => <Line key={item.id} item={item} />)}</ol>
        </section>
      )}
      <section>
        <h2 class="fe-section">{t("festival.programme")}</h2>
        <ol class="fe-list">
          {told.items.filter((item) => !beside(item)).map((item, at) => (
            <Fragment key={item.id}>
              {many && days[at] !== days[at - 1] && <li class="fe-day">{days[at]}</li>}
              <Line item={item} />
            </Fragment>
          ))}
        </ol>
        <a class="fe-plain" href={publicPage()}>
          {t("festival.public_page")}
        </a>
      </section>
    </Screen>
  );
}
