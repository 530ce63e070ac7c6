/**
 * The short quiz of a skill: three questions, one by one; the server marks them and tells the key after each answer.
 * Never knows a key before the answer to it is stored.
 */

import { useEffect, useState } from "preact/hooks";
import { Refusal, refusalText } from "../contest/api";
import { addWords, lang, t } from "../core/i18n";
import { OptionButton, OptionPlate, type OptionState } from "../core/options";
import { Heading } from "../core/parts";
import en from "../locale/skills.en.json";
import vi from "../locale/skills.vi.json";
import { Problem, Screen, Waiting } from "./parts";
import { go } from "./place";
import { screens, type ScreenProps } from "./screens";
import { call, refreshMe } from "./store";

addWords(vi, en);

interface Question {
  n: number;
  of: number;
  type: "single" | "multi" | "true_false";
  text: string;
  options: { id: string; text: string }[];
}
interface Told {
  n: number;
  right: boolean;
  choice: string[];
  key: string[];
  why: string;
}
interface Next {
  question: Question | null;
  result: { score: number; of: number; passed: boolean } | null;
}

export function Quiz({ id: skill }: ScreenProps) {
  const [quiz, setQuiz] = useState("");
  const [asked, setAsked] = useState<Question | null>(null);
  const [chosen, setChosen] = useState<string[]>([]);
  const [told, setTold] = useState<Told | null>(null);
  const [next, setNext] = useState<Next | null>(null);
  const [result, setResult] = useState<Next["result"]>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  function trouble(error: unknown): void {
    setBusy(false);
    const seconds = error instanceof Refusal ? Number(error.body["seconds"]) : 0;
    if (error instanceof Refusal && error.code === "quiz_wait" && seconds) setProblem(t("quiz.wait", { seconds }));
    else setProblem(error instanceof Refusal && error.passing ? t("quiz.network") : refusalText(error));
  }

  function begin(): void {
    setProblem("");
    setResult(null);
    setTold(null);
    call<Next & { quiz: string }>("/skills/" + skill + "/quiz", { body: { lang: lang.value } }).then((given) => {
      setQuiz(given.quiz);
      setAsked(given.question);
      setChosen([]);
    }, trouble);
  }
  useEffect(begin, [skill]);

  function tap(option: string): void {
    if (told || busy || !asked) return;
    if (asked.type !== "multi") setChosen([option]);
    else setChosen(chosen.indexOf(option) >= 0 ? chosen.filter((one) => one !== option) : chosen.concat([option]));
  }

  function answer(): void {
    if (!asked || !chosen.length || busy) return;
    setBusy(true);
    setProblem("");
    call<Next & { told: Told }>("/quizzes/" + quiz + "/answers", {
      body: { n: asked.n, choice: chosen, lang: lang.value },
    }).then((given) => {
      setBusy(false);
      setTold(given.told);
      setChosen(given.told.choice);
      setNext(given);
      if (given.result) refreshMe();
    }, trouble);
  }

  function goOn(): void {
    if (!next) return;
    setTold(null);
    setChosen([]);
    setAsked(next.question);
    setResult(next.result);
  }

  function stateOf(option: string): OptionState {
    if (!told) return chosen.indexOf(option) >= 0 ? "chosen" : chosen.length && asked!.type !== "multi" ? "dimmed" : "idle";
    if (told.key.indexOf(option) >= 0) return "right";
    return chosen.indexOf(option) >= 0 ? "wrong" : "dimmed";
  }

  const title = t("skill." + skill);
  if (result) {
    return (
      <Screen title={title} back="passport" foot={<Foot word="quiz.to_passport" onPress={() => go("passport", "", true)} />}>
        <div class={"verdict " + (result.passed ? "is-good" : "is-part")}>
          <h1>{t(result.passed ? "quiz.passed" : "quiz.not_yet")}</h1>
        </div>
        <p class="fe-lead">{t("quiz.score", { score: result.score, of: result.of })}</p>
        <p>{t(result.passed ? "quiz.passed_words" : "quiz.not_yet_words")}</p>
      </Screen>
    );
  }
  if (!asked) {
    return (
      <Screen title={title} back="passport" foot={problem ? <Foot word="quiz.again" onPress={begin} /> : undefined}>
        <Heading class="fe-title">{title}</Heading>
        {problem ? <Problem text={problem} /> : <Waiting />}
      </Screen>
    );
  }
  return (
    <Screen
      title={title}
      back="passport"
      foot={
        told ? (
          <Foot word={next && next.result ? "quiz.see_result" : "quiz.next"} onPress={goOn} />
        ) : (
          <Foot word={busy ? "quiz.sending" : "quiz.answer"} disabled={!chosen.length || busy} onPress={answer} />
        )
      }
    >
      <p class="soft">{t("quiz.count", { n: asked.n, of: asked.of, skill: title })}</p>
      <h1 class="stem" tabIndex={-1} key={asked.n}>
        {asked.text}
      </h1>
      {asked.type === "multi" && <p class="question-hint">{t("quiz.several")}</p>}
      <div class="answers sk-answers">
        {asked.options.map((option, index) =>
          told ? (
            <OptionPlate key={option.id} index={index} text={option.text} state={stateOf(option.id)} />
          ) : (
            <OptionButton key={option.id} index={index} text={option.text} state={stateOf(option.id)} onTap={() => tap(option.id)} />
          ),
        )}
      </div>
      {problem && <Problem text={problem} />}
      {told && (
        <div class="why" role="status">
          <p>
            <b>{t(told.right ? "quiz.right" : "quiz.wrong")}</b>
          </p>
          {told.why && <p>{told.why}</p>}
        </div>
      )}
    </Screen>
  );
}

function Foot({ word, onPress, disabled }: { word: string; onPress(): void; disabled?: boolean }) {
  return (
    <button type="button" class="button primary" disabled={disabled} onClick={onPress}>
      {t(word)}
    </button>
  );
}

screens["quiz"] = Quiz;
