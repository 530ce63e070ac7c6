/** What the players' server says to a member's phone. */

import type { SkillId } from "../core/skills";

export type Kind = "visit" | "guidance" | "training";
export const KINDS: Kind[] = ["visit", "guidance", "training"];

export interface Village {
  id: number;
  name: string;
  own: boolean;
}

export interface Held {
  nonce: string;
  kind: Kind;
  held_at: number;
  received_at: number;
  people: number;
  skills: SkillId[];
  where: string;
  undone: boolean;
  by_office: boolean;
}

export interface Me {
  member: { name: string; role: "leader" | "member" };
  team: { name: string; kind: "community" | "youth"; commune: string };
  villages: Village[];
  week: { people: number; sessions: number; mine: number; others: number; mean: number; total: number };
  sessions: Held[];
  undo_ms: number;
  now: number;
}

export interface Receipt {
  nonce: string;
  people: number;
  held_at: number;
  undone: boolean;
  unknown: string[];
}

/** Everybody without a group is counted under "-". */
export const GROUPS = ["citizen", "pupil_student", "official", "enterprise_worker", "-"];

/** A session in the making, or waiting. */
export interface Draft {
  kind: Kind | null;
  village: number | null;
  place: string;
  /** "" today, else an ISO day of this phone's calendar. */
  day: string;
  skills: SkillId[];
  heads: { [group: string]: number };
  cards: string[];
  confirms: boolean;
  note: string;
}
