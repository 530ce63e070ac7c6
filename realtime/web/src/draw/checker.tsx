/** The two ways to check (the pool as it is on the server, or a file kept from before) and what came of it. */

import { useState } from "preact/hooks";
import { number, t } from "../core/i18n";
import { check, poolLines, type Verdict } from "./verify";

export interface Published {
  /** Where the pool is. */
  pool: string;
  id: string;
  hash: string;
  digits: string;
  winners: string[];
}

interface Done {
  verdict: Verdict;
  count: number;
  from: string;
}

const grouped = (ticket: string): string => ticket.slice(0, 4) + "-" + ticket.slice(4);

/** Lets the page show that something happens before it stands still for a large pool. */
function soon(work: () => void): void {
  setTimeout(work, 30);
}

export function Checker({ published }: { published: Published }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [done, setDone] = useState<Done | null>(null);

  function recompute(pool: string, from: string): void {
    soon(() => {
      const lines = poolLines(pool);
      setDone({ verdict: check(pool, published), count: lines ? lines.length : 0, from });
      setBusy(false);
    });
  }

  function begin(): void {
    setBusy(true);
    setFailed(false);
    setDone(null);
  }

  function fail(): void {
    setBusy(false);
    setFailed(true);
  }

  function fromServer(): void {
    begin();
    fetch(published.pool, { cache: "no-store" })
      .then((response) => {
        if (!response.ok) throw new Error(String(response.status));
        return response.text();
      })
      .then((text) => recompute(text, t("draw.from_server")))
      .catch(fail);
  }

  function fromFile(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files && input.files[0];
    if (!file) return;
    begin();
    const reader = new FileReader();
    reader.onload = () => recompute(String(reader.result), file.name);
    reader.onerror = fail;
    reader.readAsText(file, "utf-8");
    // The same file again, changed meanwhile, is a change too.
    input.value = "";
  }

  return (
    <div class="dc">
      <p>{t(published.digits ? "draw.what" : "draw.what_pool")}</p>
      <div class="dc-ways">
        <button type="button" class="button" disabled={busy} onClick={fromServer}>
          {t(busy ? "draw.busy" : "draw.now")}
        </button>
        <label class="dc-file">
          <span>{t("draw.file")}</span>
          <input type="file" accept=".txt,text/plain" disabled={busy} onChange={fromFile} />
        </label>
      </div>
      <div role="status" aria-live="polite">
        {failed && <p class="dc-verdict is-wrong">{t("draw.failed")}</p>}
        {done && <Result done={done} published={published} />}
      </div>
    </div>
  );
}

function Result({ done, published }: { done: Done; published: Published }) {
  const { verdict } = done;
  const why = verdict.ok
    ? t(published.winners.length ? "draw.same_all" : "draw.same_pool", { count: published.winners.length })
    : t("draw.why_" + verdict.why, { place: verdict.differs || 0 });
  return (
    <div class={"dc-verdict " + (verdict.ok ? "is-right" : "is-wrong")}>
      <p class="dc-word">
        <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
          <path
            d={verdict.ok ? "M4 13l5 5L20 6" : "M6 6l12 12M18 6L6 18"}
            fill="none"
            stroke="currentColor"
            stroke-width="3.5"
            stroke-linecap="round"
          />
        </svg>
        <b>{t(verdict.ok ? "draw.same" : "draw.different")}</b>
      </p>
      <p>{why}</p>
      <dl>
        <dt>{t("draw.source")}</dt>
        <dd>
          {done.from} ({t("draw.lines", { count: done.count })})
        </dd>
        <dt>{t("draw.hash")}</dt>
        <dd class="code">{verdict.hash || "–"}</dd>
        <dt>{t("draw.published")}</dt>
        <dd class="code">{published.hash}</dd>
      </dl>
      {published.winners.length > 0 && verdict.drawn.length > 0 && (
        <table>
          <caption>{t("draw.table", { count: number(published.winners.length) })}</caption>
          <thead>
            <tr>
              <th scope="col">{t("draw.place")}</th>
              <th scope="col">{t("draw.reckoned")}</th>
              <th scope="col">{t("draw.said")}</th>
            </tr>
          </thead>
          <tbody>
            {published.winners.map((ticket, at) => {
              const own = verdict.drawn[at] || "";
              return (
                <tr key={at}>
                  <td>{at + 1}</td>
                  <td class="code">{own ? grouped(own) : "–"}</td>
                  <td class="code">
                    {grouped(ticket)} {own === ticket ? "✓" : "✗"}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}
