/** What the players' server tells of a festival. Other parts add their own keys: `live` by item, and more in `Me`. */

export interface Item {
  id: number;
  kind: string;
  title: string;
  place: string;
  starts_at: number;
  ends_at: number | null;
  state: "planned" | "live" | "done";
  note: string;
  skill: string | null;
  /** The code of the live round, while people may enter it. */
  code?: string;
}

export interface Announcement {
  id: number;
  vi: string;
  en: string;
  at: number;
}

export interface FestivalInfo {
  slug: string;
  title: string;
  place: string;
  intro: string;
  first_day: string;
  last_day: string;
  state: "open" | "over";
}

/** The same for everybody. */
export interface State {
  v: number;
  poll_s: number;
  festival: FestivalInfo;
  items: Item[];
  now: number[];
  next: number[];
  announcements: Announcement[];
  /** Item id → what its part tells of it. */
  live: { [item: string]: { [key: string]: unknown } };
  [section: string]: unknown;
}

export interface StageState extends State {
  guests: number;
}

export interface Guest {
  card: string;
  name: string | null;
  commune: string | null;
  village_id: number | null;
  target_group: string | null;
  age_band: string | null;
  level: "blank" | "nickname" | "phone" | "checked";
  phone: string | null;
  lang: string;
  /** What they agreed to: statistics, phone, publish_name. */
  consents?: string[];
}

/** This phone's guest; null: no card yet. Other parts add keys of their own. */
export interface Me {
  guest: Guest | null;
  [section: string]: unknown;
}

/** What a component for a live item gets. */
export interface ActProps {
  item: Item;
  state: State;
  me: Me | null;
}

/** What a scene on the stage gets; `stage.live[item.id]` is what its part tells. */
export interface SceneProps {
  item: Item;
  stage: StageState;
}
