/** What the players' contest API says, as realtime/entrants tells it. Types only. */

import type { Choice, QuestionType, TargetGroup } from "../core/frames";

export type { Choice } from "../core/frames";

export interface RoundName {
  key: string;
  name: string;
}
export interface PredictionAsked {
  kind: "participants" | "attempts" | "all_correct_people" | "all_correct_percent";
  /** The question in words. */
  text: string;
  required: boolean;
}
export interface Contest {
  slug: string;
  title: string;
  organiser: string;
  phase: "before" | "open" | "between" | "over";
  round: (RoundName & { closes_in_ms: number }) | null;
  next: (RoundName & { opens_in_ms: number; opens_at: number }) | null;
  rounds: number;
  time_limit_s: number;
  questions: number;
  full_marks: number;
  quota: { per_day: number | null; per_round: number | null; total: number | null };
  keep: "best" | "first" | "last";
  window: "round" | "week" | "contest";
  prediction: PredictionAsked | null;
  result: "score" | "received";
  board: "open" | "hidden";
  admission: "open" | "roster";
  confirm_phone: boolean;
  complaints: boolean;
}

export interface UnitRef {
  code: string | null;
  name: string;
}
export type Values = { [field: string]: string | null };
export type Consents = { [purpose: string]: boolean };

export interface Entry {
  id: string;
  state: "invited" | "unconfirmed" | "active";
  void: boolean;
  name: string;
  group: TargetGroup | null;
  commune: UnitRef | null;
  unit: UnitRef | null;
  minor: boolean;
  phone_tail: string | null;
  consents: Consents;
  values?: { [field: string]: string | null } | null;
}
export interface Me {
  contest: Contest;
  signed_in: boolean;
  entry: Entry | null;
}

export type FieldUse = "required" | "optional" | "hidden";
export interface ConsentAsked {
  purpose: string;
  required: boolean;
  text_vi: string;
  text_en: string;
}
export interface EntryForm {
  contest: Contest;
  fields: { [field: string]: FieldUse };
  groups: TargetGroup[];
  min_age: number | null;
  max_age: number | null;
  unit_other: boolean;
  units: number;
  consents: ConsentAsked[];
  guardian_under: number;
  /** What an identity provider has just vouched for. */
  values?: Values;
  sign_in: { code: boolean; phone: boolean; oidc: { url: string; name: string } | null };
}
export interface FieldProblem {
  field: string;
  code: string;
  text?: string;
  suggestion?: string | null;
}
export interface CodeSent {
  phone_tail?: string | null;
  expires_in_ms: number;
  resend_in_ms: number;
}
export interface Registered {
  entry: Entry;
  code: string | null;
  confirm: CodeSent | null;
}

export interface PaperQuestion {
  n: number;
  type: QuestionType;
  text: string;
  options: { id: string; text: string }[];
  unit: string | null;
  media?: string | null;
}
export interface Kept {
  choice: Choice | null;
  seq: number;
}
export type Answers = { [position: string]: Kept };

export interface Paper {
  id: string;
  ticket?: string;
  ordinal: number;
  round: RoundName;
  state: "open" | "submitted";
  left_ms: number;
  time_limit_s: number;
  questions?: PaperQuestion[];
  prediction?: PredictionAsked | null;
  answers?: Answers;
}
export interface SaveReply {
  status: "saved" | "same" | "stale" | "moved" | "over" | "refused";
  kept: Kept | null;
  left_ms?: number;
}
export interface Result {
  id: string;
  /** 0 when it was not told. */
  ordinal: number;
  round: RoundName;
  submitted_at: number;
  duration_ms: number;
  by_server: boolean;
  answered: number;
  of: number;
  /** null while the rules keep it back. */
  score: number | null;
  correct: number | null;
  prediction: number | null;
  void: boolean;
  /** The round's key is published. */
  review: boolean;
}
export interface MyAttempts {
  attempts: Result[];
  open: { id: string; left_ms: number } | null;
  start: {
    allowed: boolean;
    code: string | null;
    left: { day: number | null; round: number | null; total: number | null };
    /** The least of them; null: no limit. */
    least: number | null;
    wait_ms: number | null;
  };
}
export interface ReviewQuestion extends PaperQuestion {
  choice: Choice | null;
  right: Choice;
  ok: boolean;
  why: string;
}
export interface Review {
  result: Result;
  questions: ReviewQuestion[] | null;
}

export interface AroundRow {
  rank: number;
  name: string;
  score: number;
  duration_ms: number;
  me: boolean;
}
export interface RankBoard {
  board: "window" | "overall" | "commune" | "group";
  name: string;
  rank: number;
  about: boolean;
  of: number | null;
  of_about: boolean;
  score: number;
  duration_ms: number;
  around: AroundRow[] | null;
}
export interface Rank {
  state: "ranked" | "none" | "hidden";
  frozen: boolean;
  boards: RankBoard[];
}
export interface Complaint {
  id: string;
  text: string;
  state: string;
  decision: string;
  received_at: number;
  decided_at: number | null;
  late: boolean;
}
export interface DataRequest {
  id: string | number;
  kind: string;
  state: string;
  opened_at: number;
  due_at: number;
  done_at: number | null;
}
