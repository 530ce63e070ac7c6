/** What the server tells the stage of a draw. */

export interface Won {
  position: number;
  prize: number;
  ticket: string;
  name: string;
  card: string;
  commune: string;
  state: "called" | "present" | "absent";
  reason: string | null;
}

export interface Told {
  id: string;
  title: string;
  state: string;
  scene: string;
  spinning: boolean;
  count: number;
  hash: string;
  source: { kind: string; vi: string; en: string } | null;
  digits: string;
  sealed: boolean;
  prizes: { name: string; count: number; value: number; sponsor: string; note: string }[];
  step: { kind: "show" | "settle" | "over"; prize: number; count: number; position: number };
  winners: Won[];
  /** Tickets of the pool, for the drum to show. */
  flow: string[];
}
