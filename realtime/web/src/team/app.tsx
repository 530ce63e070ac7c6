/** Chooses the screen. */

import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { Home } from "./home";
import { Screen } from "./parts";
import { screen } from "./place";
import { People, Skills, Where } from "./record";
import { Saved } from "./saved";
import { dead, me, token } from "./store";

export function App() {
  if (!token.value || (dead.value && !me.value)) return <NoLink />;
  if (!me.value) {
    return (
      <Screen title={t("core.name")}>
        <div class="waiting" role="status">
          <span class="pulse" aria-hidden="true" />
          {t("team.loading")}
        </div>
      </Screen>
    );
  }
  switch (screen.value) {
    case "where":
      return <Where />;
    case "skills":
      return <Skills />;
    case "people":
      return <People />;
    case "saved":
      return <Saved />;
    default:
      return <Home />;
  }
}

function NoLink() {
  return (
    <Screen title={t("team.no_link")}>
      <Heading>{t("team.no_link")}</Heading>
      <p>{t("team.no_link_why")}</p>
    </Screen>
  );
}
