/** What the server tells a staff phone and what the phone tells it, as realtime/festival/api_staff.py declares them. */

import type { TargetGroup } from "../core/frames";

export type Do = "scan" | "count" | "claim" | "check" | "undo";

/** One thing done on this phone; it is what is sent and what is exported. */
export interface Entry {
  do: Do;
  nonce: string;
  at: number;
  card?: string;
  post?: number;
  skills?: string[];
  group?: TargetGroup;
  heads?: number;
  of?: string;
  typed?: boolean;
  offline?: boolean;
  name?: string;
  commune?: string;
  agreed?: boolean;
}

/** An entry on this phone, under the pairing it belongs to. `stuck`: the server cannot read it; it is kept and exported. */
export interface Waiting {
  nonce: string;
  seq: number;
  pairing: string;
  entry: Entry;
  stuck?: boolean;
}

export interface Answer {
  nonce: string;
  result: string;
  undone: boolean;
  name: string | null;
  level: string | null;
  since_at: number | null;
}

export interface Came {
  people: number;
  heads: number;
  posts: { [post: string]: number };
}

export interface Post {
  id: number;
  kind: "gate" | "training" | "booth";
  title: string;
  place: string;
  skill: string | null;
  state: string;
}

export interface Info {
  now: number;
  phone: { id: number; label: string; role: "gate" | "booth"; post: number | null; revoked: boolean };
  festival: { slug: string; title: string; first_day: string; last_day: string };
  posts: Post[];
  skills: string[];
  groups: TargetGroup[];
  came: Came;
  /** A pledge can be signed now, by units on this phone too. */
  signing?: boolean;
  consent: { vi: string; en: string };
}

export interface Told {
  now: number;
  revoked: boolean;
  came: Came;
  answers: Answer[];
}

/** A line of the last things done. Names of people stay in memory only. */
export interface Line {
  nonce: string;
  do: Do;
  at: number;
  card?: string;
  heads?: number;
  group?: TargetGroup;
  skills?: string[];
  /** null while it waits on this phone. */
  result: string | null;
  since_at?: number | null;
  undone?: boolean;
}
