/** My provisional ranks, with the people around me. By score and time only; the final order is the committee's. */

import { useEffect, useState } from "preact/hooks";
import { lang, number, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { ask, refusalText } from "./api";
import { exactText, Problem, Screen, Waiting } from "./parts";
import { contestApi, publicPage } from "./place";
import type { Rank, RankBoard } from "./types";

export function MyRank() {
  const [rank, setRank] = useState<Rank | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const ranked = rank !== null && rank.state === "ranked";
  useEffect(() => {
    const load = () => ask<Rank>(contestApi("/me/rank?lang=" + lang.value)).then(setRank, setRefusal);
    load();
    // The standings follow the papers within seconds; once there, they are looked at calmly.
    const timer = setInterval(() => !document.hidden && load(), ranked ? 30_000 : 6000);
    return () => clearInterval(timer);
  }, [lang.value, ranked]);
  return (
    <Screen title={t("rank.heading")} back>
      <Heading>{t("rank.heading")}</Heading>
      {rank ? <Told rank={rank} /> : refusal ? <Problem text={refusalText(refusal)} /> : <Waiting />}
    </Screen>
  );
}

function Told({ rank }: { rank: Rank }) {
  if (rank.state !== "ranked" || !rank.boards.length) {
    return <p class="lead">{t(rank.state === "hidden" ? "rank.hidden" : "rank.none")}</p>;
  }
  return (
    <>
      <p class="lead soft">{t(rank.frozen ? "rank.frozen" : "rank.provisional")}</p>
      {rank.boards.map((board) => (
        <Board key={board.board} board={board} />
      ))}
      <p>
        <a class="plain" href={publicPage("/standings")}>
          {t("rank.standings")}
        </a>
      </p>
    </>
  );
}

function Board({ board }: { board: RankBoard }) {
  return (
    <section class="board">
      <h2>
        {t("rank.board_" + board.board)}
        {board.name && <>: {board.name}</>}
      </h2>
      <p class="board-rank">
        {board.about && <small>{t("rank.about")}</small>}
        <b>{number(board.rank)}</b>
        {board.of !== null && (
          <span>{t(board.of_about ? "rank.of_about" : "rank.of", { of: board.of })}</span>
        )}
      </p>
      {board.around && board.around.length > 0 && (
        <table class="around">
          <caption class="only-read">{t("rank.around")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("rank.col_rank")}</th>
              <th scope="col">{t("rank.col_name")}</th>
              <th scope="col">{t("rank.col_score")}</th>
              <th scope="col">{t("rank.col_time")}</th>
            </tr>
          </thead>
          <tbody>
            {board.around.map((row, i) => (
              <tr key={i} class={row.me ? "is-me" : ""}>
                <td>{number(row.rank)}</td>
                <td>{row.me ? t("rank.me") : row.name}</td>
                <td>{number(row.score)}</td>
                <td>{exactText(row.duration_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
