/**
 * The frames of the wire, as realtime/protocol.py declares them, for the phone, the stage and the host.
 * Holds types only; a test keeps the two declarations in agreement.
 */

/** What was tapped: option ids (in order for ordering), a number for numeric, a string for text. */
export type Choice = string[] | number | string;
export type TargetGroup = "pupil_student" | "citizen" | "official" | "enterprise_worker";
export type PhaseName =
  | "lobby"
  | "get_ready"
  | "open"
  | "closing"
  | "revealed"
  | "standings"
  | "paused"
  | "podium"
  | "finished"
  | "cancelled";
export type QuestionType = "single" | "multi" | "true_false" | "ordering" | "numeric" | "text" | "poll" | "cloud";
export type ReceiptStatus = "accepted" | "same" | "kept_other" | "late" | "refused";
export type Verdict = "right" | "partial" | "wrong" | "none";
export type Lang = "vi" | "en";

/** WebSocket close codes. 4000–4499: reconnect with full jitter; 4500–4999: stop. */
export const CloseCode = {
  DRAIN: 4001,
  SLOW: 4008,
  TRY_LATER: 4009,
  REPLACED: 4500,
  KICKED: 4501,
  BAD_TICKET: 4502,
  BAD_FRAME: 4503,
  NO_HELLO: 4504,
  ROUND_OVER: 4505,
  REFUSED: 4506,
} as const;

// From the phone.

export interface Hello {
  t: "hello";
  code: string;
  name: string;
  unit: string | null;
  group: TargetGroup | null;
  lang: Lang;
  /** A team of the host's list. */
  team?: string | null;
}
export interface Resume {
  t: "resume";
  ticket: string;
  v: number;
}
export interface Answer {
  t: "answer";
  id: string;
  q: number;
  choice: Choice;
  /** ms from the first paint of the options to the tap; a claim. */
  think?: number | null;
  /** `round` of the picture it was tapped on. */
  round?: number | null;
}
/** A seat without a team takes one of the host's list. */
export interface ChooseTeam {
  t: "team";
  team: string;
}
export interface Leave {
  t: "leave";
}
export type ReactionKind = "clap" | "heart" | "wow" | "laugh";
/** For the stage, while `reactions` is on; never answered. */
export interface React {
  t: "react";
  kind: ReactionKind;
}
export type PhoneFrame = Hello | Resume | Answer | ChooseTeam | Leave | React;

// To the phone.

export interface Welcome {
  t: "welcome";
  ticket: string;
  seat: number;
  /** As admitted: cleaned, and numbered when it was taken. */
  name: string;
  of: number;
}
export interface ShownOption {
  id: string;
  text: string;
}
export interface ShownQuestion {
  n: number;
  of: number;
  type: QuestionType;
  text: string;
  /** Empty while getting ready. */
  options: ShownOption[];
  seconds: number;
  /** Seconds left in this phase when the frame was sent; null: no end by itself. */
  left: number | null;
  unit: string | null;
  media: string | null;
  weight: 0 | 1 | 2;
  /** How many words one may send to a cloud; left out for other types. */
  words?: number | null;
}
export interface DuelFace {
  seat: number;
  name: string | null;
  unit: string | null;
  points: number;
}
export interface DuelShot {
  seat: number;
  /** Shared in a photo finish; null for a wrong answer in a race of speed. */
  place: number | null;
  ms: number;
  behind: number;
  /** null: nobody has ruled yet. */
  right: boolean | null;
}
export interface Duel {
  way: "speed" | "buzzer";
  to: number | null;
  /** Whether the present question is the finalists' alone. */
  now: boolean;
  faces: DuelFace[];
  shots: DuelShot[];
  turn: number[];
  took: number[];
  /** Seats the host has ruled on, in that order. */
  ruled: number[];
  judging: boolean;
  won: number | null;
}
/** A word of a cloud that the host has let through. */
export interface CloudWord {
  text: string;
  people: number;
}
/** The floor of the golden bell. */
export interface Bell {
  left: number;
  out: number;
  /** After a reveal: how many it put out, and how many were let back in with it or after it. */
  went: number;
  back: number;
  /** A rescue question: only those who are out answer. */
  rescue: boolean;
  rescue_next: boolean;
  /** Whether those who are out may answer other questions for fun. */
  fun: boolean;
  /** The podium comes next. */
  decided: boolean;
  /** Nobody is left: whom this question put out win together. */
  last: number | null;
  /** How many would ring the bell if the game ended now. */
  winners: number;
}
export type ModeName = "points" | "golden_bell" | "teams" | "duel";
/** The team one plays for. `name` null: a drawn team, told by its key; `rank` null or missing: none yet. */
export interface OwnTeam {
  key: string;
  name: string | null;
  rank?: number | null;
  mean?: number | null;
  size?: number | null;
  of?: number | null;
}
/** One's place over all rounds of the hall. */
export interface OwnOverall {
  rank: number;
  points: number;
  of: number;
}
interface Picture {
  t: "state";
  v: number;
  /** Another number: the hall has gone on to its next round. */
  round: number;
  mode: ModeName;
  /** The stage shows the standings over all rounds of the hall. */
  overall: boolean;
  phase: PhaseName;
  title: string;
  code: string;
  q: ShownQuestion | null;
  voided: boolean;
  /** The question before was withdrawn; this is the same, asked again. */
  again: boolean;
  locked: boolean;
  auto: boolean;
  reactions: boolean;
  /** In the mode golden_bell. */
  bell: Bell | null;
  /** After the reveal: the key in the form of a choice; null for polls and voided questions. */
  right: Choice | null;
  why: string | null;
  /** After the reveal: by option id; for text and ordering by verdict; for numeric the commonest values. */
  counts: { [key: string]: number } | null;
  /** In the mode duel. */
  duel?: Duel | null;
  /** A word cloud after its reveal. */
  words?: CloudWord[] | null;
}
export interface State extends Picture {}
export interface You {
  t: "you";
  v: number;
  points: number;
  correct: number;
  rank: number | null;
  of: number;
  out: boolean;
  /** The question that put the seat out of the golden bell. */
  out_at: number | null;
  /** Let back in with this question or after it. */
  back: boolean;
  q: number | null;
  kept: Choice | null;
  verdict: Verdict | null;
  award: number | null;
  /** Points to the seat ahead; null for the leader. */
  gap: number | null;
  fair_ms: number | null;
  credit_ms: number | null;
  team?: OwnTeam | null;
  /** While `overall` of the picture. */
  overall?: OwnOverall | null;
}
export interface Receipt {
  t: "receipt";
  id: string;
  q: number;
  status: ReceiptStatus;
  kept: Choice | null;
}
export interface ErrorFrame {
  t: "error";
  code: string;
  message: string;
}
export interface Bye {
  t: "bye";
  code: number;
  /** ms over which to reconnect at random. */
  spread: number;
}
export type ToPhone = Welcome | State | You | Receipt | ErrorFrame | Bye;

// Stage and host.

export interface StageHello {
  t: "stage";
  token: string;
}
export interface HostHello {
  t: "host";
  round: number;
}
export interface StandingRow {
  rank: number;
  seat: number;
  /** null while the host has not allowed it. */
  name: string | null;
  unit: string | null;
  points: number;
  correct: number;
  time_ms: number;
  gain: number;
  /** The rank one question ago. */
  before: number | null;
}
/** One team of the standings; `rank` null: too small for one. */
export interface TeamRow {
  rank: number | null;
  team: string;
  name: string | null;
  size: number;
  mean: number;
  gain: number;
  before: number | null;
}
/** The standings over all rounds of the hall so far. */
export interface Overall {
  rounds: number;
  people: number;
  top: StandingRow[];
  teams: TeamRow[];
}
export interface StageState extends Picture {
  join_url: string;
  blank: boolean;
  /** Whether the stage may make sounds. */
  sound: boolean;
  paused_from: PhaseName | null;
  seats: number;
  /** In standings, podium, finished; at most 10. */
  top: StandingRow[];
  /** Likewise, of teams; the unranked last. */
  teams: TeamRow[];
  /** While `overall`. */
  hall: Overall | null;
  /** Golden bell, after a reveal: a sign for each seat from 1: i in, o out, x put out just now, r let back in, . nobody. */
  floor: string | null;
  /** Names for the floor: of everybody, else of those who are in, when at most 60. */
  floor_people: Person[];
  /** In podium and finished: who rings the bell, best first; at most 12. */
  ringers: Person[];
}
/** What the host may still do for those who are out. */
export interface Rescues {
  used: number;
  allowed: number;
  /** The first question after which people may be let back in. */
  since: number;
  /** The code of why nothing, now; null: something. */
  refusal: string | null;
}
export interface Person {
  seat: number;
  name: string | null;
  unit: string | null;
}
export interface Counts {
  t: "counts";
  joined: number;
  online: number;
  answered: number;
  slow: number;
  lost: number;
  /** Host only: phones with a good and with a slow link (`slow` are the very slow ones), and how late a server was. */
  good: number;
  weak: number;
  late_ms: number;
  /** Only in the lobby: the latest to come, newest last, at most 60. */
  names: Person[];
  /** Stage only: how often each came since the last counts. */
  reactions?: { [kind in ReactionKind]?: number };
  /** A word cloud as it grows: what the host has let through. */
  words?: CloudWord[];
}
export interface HostQuestion {
  n: number;
  type: QuestionType;
  text: string;
  options: ShownOption[];
  right: Choice | null;
  why: string;
  seconds: number;
  unit: string | null;
  weight: number;
}
export interface HostState extends StageState {
  id: number;
  quiz_id: number | null;
  settings: { [key: string]: unknown };
  /** Numbers of the questions taken out of the score. */
  voids: number[];
  now: HostQuestion | null;
  next: HostQuestion | null;
  people_version: number;
  /** People who stay together over several rounds; null: this is the only one so far. */
  hall_id: number | null;
  /** The round the hall has gone on to. */
  next_round: number | null;
  /** Golden bell: who was put out last, at most 50. */
  went: Person[];
  rescues: Rescues | null;
}
export type ToStage = StageState | Counts | ErrorFrame | Bye;
export type ToHost = HostState | Counts | ErrorFrame | Bye;
