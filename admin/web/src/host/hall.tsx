/** What a hall has beside its round: the way on to the next one with everybody who is here, and its teams. */

import { useEffect, useState } from "preact/hooks";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { teamName } from "../../../../realtime/web/src/stage/teams";
import { fetched, picture } from "./session";

/** At the end of a round. */
export function GoOn({ note }: { note: string }) {
  const shown = picture.value!;
  return (
    <div class="h-big">
      <a class="h-go-on" href={"/rounds/" + shown.id + "/next"}>
        <b>{t("host.go_on")}</b>
        <span>{note}</span>
      </a>
    </div>
  );
}

interface Team {
  rank: number | null;
  team: string;
  name: string | null;
  size: number;
  mean: number;
}

/** All teams, those too small last; nothing in other modes. */
export function TeamTable() {
  const [rows, setRows] = useState<Team[]>([]);
  const inTeams = picture.value!.mode === "teams";
  useEffect(() => {
    if (inTeams) void fetched<Team[]>("/teams").then((listed) => setRows(listed || []));
  }, []);
  if (!rows.length) return null;
  return (
    <table>
      <caption>{t("host.team.heading")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("host.standings.rank")}</th>
          <th scope="col">{t("host.standings.name")}</th>
          <th scope="col">{t("host.team.mean")}</th>
          <th scope="col">{t("host.team.size")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.team}>
            <td>{row.rank === null ? "–" : row.rank}</td>
            <td>{teamName(row)}</td>
            <td>{number(row.mean, 2)}</td>
            <td>{row.size}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
