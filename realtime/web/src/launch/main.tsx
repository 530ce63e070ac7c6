/** The page of a delegate's button, and of units that sign: /f/{slug}/launch#TOKEN. */

import "../core/polyfills";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { unreachable } from "../contest/api";
import { LangButton, useHeld } from "../core/bar";
import { Brocade } from "../core/brocade";
import { addWords, t } from "../core/i18n";
import { HoldButton } from "../festival/acts/hold";
import en from "../locale/launch.en.json";
import vi from "../locale/launch.vi.json";
import { stayAwake } from "../play/device";
import { down, held, refused, standing, start, trouble, up, type Standing } from "./beats";
import { UnitForm, open, startUnits, stranger } from "./units";

addWords(vi, en);

const slug = (/^\/f\/([^/]+)\//.exec(location.pathname) || ["", ""])[1]!;
const token = decodeURIComponent(location.hash.slice(1));

function Bar({ name }: { name: string }) {
  const bad = useHeld(trouble.value || unreachable.value, 1200);
  return (
    <>
      <header class="topbar">
        <i class={"dot" + (bad ? " is-down" : "")} aria-hidden="true" />
        <span class="who">{name}</span>
        <LangButton />
      </header>
      <p class="launch-strip" role="status">
        {bad ? <span class="strip">{t("launch.no_network")}</span> : null}
      </p>
    </>
  );
}

/** What the delegate should do or know now. */
function words(told: Standing): string {
  if (told.me.part === "excused") return t("launch.excused");
  if (!told.armed) return t("launch.not_yet");
  if (!told.known) return t("launch.connecting");
  if (!held.value) return t("launch.press", { seconds: told.hold_s });
  if (told.missing > 0) return t("launch.missing", { count: told.missing });
  return t("launch.together");
}

function Button({ told }: { told: Standing }) {
  if (told.state === "fired") {
    return (
      <main class="launch-fired scroll">
        <p>{t("launch.done")}</p>
        <h1>{told.slogan}</h1>
        <p>{t("launch.thanks", { name: told.me.name })}</p>
      </main>
    );
  }
  return (
    <main class="launch-main scroll">
      <h1>{told.title}</h1>
      {told.me.place && <p class="soft">{told.me.place}</p>}
      <HoldButton
        label={t(held.value ? "launch.holding" : "launch.hold")}
        held={held.value}
        share={held.value ? (told.missing ? told.me.share : told.share) : 0}
        disabled={!told.armed || told.me.part === "excused"}
        onDown={down}
        onUp={up}
      />
      <p class="launch-word" role="status">
        {words(told)}
      </p>
    </main>
  );
}

function App() {
  const told = standing.value;
  const [signing, setSigning] = useState(false);
  const items = open.value;
  const delegate = !refused.value;
  useEffect(() => {
    document.title = (told ? told.title : t("launch.page")) + " – " + t("core.name");
  }, [told && told.title]);
  useEffect(() => stayAwake(delegate), [delegate]);
  if (refused.value && stranger.value) {
    return <Message words={t("launch.link_old")} />;
  }
  const item = items[0];
  if (item && (signing || refused.value)) {
    return (
      <div class="page">
        <Bar name={told ? told.me.name : t("launch.staff")} />
        <main class="scroll launch-units">
          {!refused.value && (
            <button type="button" class="button quiet" onClick={() => setSigning(false)}>
              {t("launch.back")}
            </button>
          )}
          <UnitForm key={item.id} item={item} />
        </main>
      </div>
    );
  }
  if (refused.value) return <Message words={t("launch.nothing")} />;
  if (!told) return <Message words={t("launch.connecting")} />;
  return (
    <div class="page">
      <Bar name={told.me.name} />
      <Button told={told} />
      {item && !told.armed && (
        <p class="launch-more">
          <button type="button" class="button quiet" onClick={() => setSigning(true)}>
            {t("launch.unit_open")}
          </button>
        </p>
      )}
      <Brocade height={18} />
    </div>
  );
}

function Message({ words: said }: { words: string }) {
  return (
    <div class="page">
      <Bar name={t("launch.page")} />
      <main class="launch-main">
        <h1>{said}</h1>
      </main>
    </div>
  );
}

window.addEventListener("hashchange", () => location.reload());
start(slug, token);
startUnits(slug, token);
const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
