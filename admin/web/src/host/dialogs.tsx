/** What opens above the console: questions asked once, the sheet of keys, the scores, the QR code. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { spacedCode, typedAddress } from "../../../../realtime/web/src/stage/lobby";
import { controls } from "./controls";
import { TeamTable } from "./hall";
import { fetched, picture } from "./session";

export interface Asked {
  title: string;
  text: string;
  confirm: string;
  run(): void;
}
export interface Renaming {
  name: string;
  run(name: string): void;
}
type Open =
  | { kind: "ask"; asked: Asked }
  | { kind: "rename"; renaming: Renaming }
  | { kind: "sheet" }
  | { kind: "standings" }
  | { kind: "qr" }
  | { kind: "part"; title: string; part: () => ComponentChildren };

const open = signal<Open | null>(null);

export function dialogOpen(): boolean {
  return open.value !== null;
}
export function askFirst(asked: Asked): void {
  open.value = { kind: "ask", asked };
}
export function askName(renaming: Renaming): void {
  open.value = { kind: "rename", renaming };
}
export function openSheet(): void {
  open.value = { kind: "sheet" };
}
export function openStandings(): void {
  open.value = { kind: "standings" };
}
export function openQr(): void {
  open.value = { kind: "qr" };
}
/** A dialog whose inside another part draws; it closes itself with `closeDialog`. */
export function openPart(title: string, part: () => ComponentChildren): void {
  open.value = { kind: "part", title, part };
}
export function closeDialog(): void {
  open.value = null;
}
const close = closeDialog;

function Frame({ title, wide, children }: { title: string; wide?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);
  return (
    <dialog class={"h-dialog" + (wide ? " is-wide" : "")} ref={dialog} onClose={close} aria-labelledby="h-dialog-title">
      <h2 id="h-dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

function CloseRow() {
  return (
    <div class="h-dialog-row">
      <button type="button" class="h-button" onClick={close}>
        {t("host.close")}
      </button>
    </div>
  );
}

function Ask({ asked }: { asked: Asked }) {
  // Twice pressed is once done: the dialog closes with the first press.
  function confirm(): void {
    close();
    asked.run();
  }
  return (
    <Frame title={asked.title}>
      <p>{asked.text}</p>
      <div class="h-dialog-row">
        <button type="button" class="h-button" onClick={close} autofocus>
          {t("host.cancel")}
        </button>
        <button type="button" class="h-button is-danger" onClick={confirm}>
          {asked.confirm}
        </button>
      </div>
    </Frame>
  );
}

function Rename({ renaming }: { renaming: Renaming }) {
  const [name, setName] = useState(renaming.name);
  function save(submitted: Event): void {
    submitted.preventDefault();
    const clean = name.trim();
    close();
    if (clean && clean !== renaming.name) renaming.run(clean);
  }
  return (
    <Frame title={t("host.rename")}>
      <form onSubmit={save}>
        <label class="h-field">
          <span>{t("host.rename_to", { name: renaming.name })}</span>
          <input
            value={name}
            maxLength={60}
            autocomplete="off"
            onInput={(typed) => setName(typed.currentTarget.value)}
          />
        </label>
        <div class="h-dialog-row">
          <button type="button" class="h-button" onClick={close}>
            {t("host.cancel")}
          </button>
          <button type="submit" class="h-button is-main">
            {t("host.save")}
          </button>
        </div>
      </form>
    </Frame>
  );
}

function Sheet() {
  return (
    <Frame title={t("host.help")}>
      <dl class="h-keys">
        <div>
          <dt>
            <kbd>{t("host.key.space")}</kbd>
          </dt>
          <dd>{t("host.keys.main")}</dd>
        </div>
        {controls().map(({ id, key, label }) => (
          <div key={id}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>{t("host.help")}</dd>
        </div>
      </dl>
      <p class="h-soft">{t("host.keys_hint")}</p>
      <CloseRow />
    </Frame>
  );
}

interface Standing {
  rank: number;
  seat: number;
  name: string;
  points: number;
  correct: number;
}

function Standings() {
  const [rows, setRows] = useState<Standing[] | null>(null);
  useEffect(() => {
    void fetched<Standing[]>("/standings?limit=50").then((listed) => setRows(listed || []));
  }, []);
  return (
    <Frame title={t("host.standings")} wide>
      <div class="h-table" tabIndex={0} role="region" aria-label={t("host.standings")}>
        {rows && rows.length === 0 && <p>{t("host.standings_none")}</p>}
        {rows && rows.length > 0 && (
          <table>
            <thead>
              <tr>
                <th scope="col">{t("host.standings.rank")}</th>
                <th scope="col">{t("host.standings.name")}</th>
                <th scope="col">{t("host.standings.points")}</th>
                <th scope="col">{t("host.standings.correct")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ rank, seat, name, points, correct }) => (
                <tr key={seat}>
                  <td>{rank}</td>
                  <td>{name}</td>
                  <td>{number(points)}</td>
                  <td>{correct}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <TeamTable />
      </div>
      <CloseRow />
    </Frame>
  );
}

function Qr() {
  const shown = picture.value;
  if (!shown) return null;
  const code = spacedCode(shown.code);
  return (
    <Frame title={t("host.qr_big")}>
      <img class="h-qr-big" src={"/qr/" + shown.code + ".svg"} alt={t("host.qr") + " " + code} />
      <p class="h-qr-words">
        {typedAddress(shown.join_url, shown.code)}
        <b>{code}</b>
      </p>
      <CloseRow />
    </Frame>
  );
}

export function Dialogs() {
  const now = open.value;
  if (!now) return null;
  switch (now.kind) {
    case "ask":
      return <Ask asked={now.asked} />;
    case "rename":
      return <Rename renaming={now.renaming} />;
    case "sheet":
      return <Sheet />;
    case "standings":
      return <Standings />;
    case "qr":
      return <Qr />;
    case "part":
      return (
        <Frame title={now.title} wide>
          {now.part()}
        </Frame>
      );
  }
}
